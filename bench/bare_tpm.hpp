// SPDX-License-Identifier: Apache-2.0
// The TPM commands that a first provisioning cannot do without, by ESAPI and nothing around it: no look
// before, no look after, and the references that one command returned are used by the next.
#pragma once

#include "foundation/digest.hpp"
#include "tpm/tpm.hpp"

#include <tss2/tss2_esys.h>

#include <memory>
#include <string>

namespace bench {

struct Wrapped {
    TPM2B_PRIVATE private_area;
    TPM2B_PUBLIC public_area;
};

class BareTpm {
public:
    explicit BareTpm(const std::string& tcti);

    /// Two commands each, for a TPM that has neither key. Return their TPM2B_PUBLIC.
    device_agent::Bytes make_endorsement_key();
    device_agent::Bytes make_storage_root_key();

    /// Four commands: a policy session, its policy, the credential, the import.
    Wrapped import_key(const device_agent::tpm::CredentialedKey& key);

    /// Three commands: load, HMAC, flush.
    device_agent::Sha256 hmac(const Wrapped& key, device_agent::ByteView data);

    /// One command to start the salted session in which keys are encrypted, one to flush it.
    void start_session();
    void end_session();
    /// One command.
    Wrapped create(device_agent::ByteView key);

    /// Five commands: define and write the text; load, keep and flush the key.
    void fill_slot(unsigned slot, const std::string& text, const Wrapped& key);

private:
    device_agent::Bytes make_primary(ESYS_TR hierarchy, const TPM2B_PUBLIC& shape, TPM2_HANDLE handle,
                                     ESYS_TR& persistent);
    ESYS_TR load(const Wrapped& key);

    struct Closer {
        void operator()(TSS2_TCTI_CONTEXT* context) const noexcept;
        void operator()(ESYS_CONTEXT* context) const noexcept;
    };
    std::unique_ptr<TSS2_TCTI_CONTEXT, Closer> tcti_;
    std::unique_ptr<ESYS_CONTEXT, Closer> esys_;
    ESYS_TR endorsement_key_ = ESYS_TR_NONE;
    ESYS_TR storage_root_key_ = ESYS_TR_NONE;
    ESYS_TR session_ = ESYS_TR_NONE;
};

}  // namespace bench
