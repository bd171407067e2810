// SPDX-License-Identifier: Apache-2.0
// The device's half of TPM attestation in software: fast enough for every unit test. That the emulator's
// blobs are right is proven by a real TPM (tpm/authentication_key_swtpm_test.cpp); this one only opens them.
#pragma once

#include "emulator/openssl_handles.hpp"
#include "foundation/bytes.hpp"
#include "foundation/secret.hpp"

#include <string>

namespace emulator::testing {

class SoftwareTpm {
public:
    SoftwareTpm();

    /// TPM2B_PUBLIC, by the TCG's default RSA-2048 templates.
    [[nodiscard]] const device_agent::Bytes& endorsement_key() const { return endorsement_key_; }
    [[nodiscard]] const device_agent::Bytes& storage_root_key() const { return storage_root_key_; }

    struct Opened {
        device_agent::SecretBytes key;
        std::string uri;  ///< of field 6
    };
    /// TPM2_ActivateCredential and TPM2_Import with every check that a TPM makes. Throws std::runtime_error
    /// where a TPM would refuse.
    [[nodiscard]] Opened open(device_agent::ByteView authentication_key) const;

private:
    openssl::Key endorsement_rsa_;
    openssl::Key storage_rsa_;
    device_agent::Bytes endorsement_key_;
    device_agent::Bytes storage_root_key_;
};

/// One that all tests of a program share, since making RSA keys takes time.
[[nodiscard]] const SoftwareTpm& software_tpm();
/// Another machine.
[[nodiscard]] const SoftwareTpm& other_software_tpm();

}  // namespace emulator::testing
