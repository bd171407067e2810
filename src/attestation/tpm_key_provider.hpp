// SPDX-License-Identifier: Apache-2.0
// Private keys that never leave the TPM, for OpenSSL: files of the form TSS2 PRIVATE KEY.
#pragma once

#include <string>
#include <string_view>

namespace device_agent::attestation {

/// Whether the PEM text is a key that only a TPM can use.
[[nodiscard]] bool is_tpm_key(std::string_view pem) noexcept;

/// While one exists, OpenSSL's default library context loads such keys and signs with them in the TPM at
/// `tcti`. It keeps a connection to the TPM open: without a resource manager nobody else can use the TPM
/// meanwhile.
///
/// One at a time in a process. Make it before other threads start: it sets the environment variable by which
/// the tpm2-openssl provider is told of the TPM. Signing is then safe from any thread. Throws Error{tpm} when
/// the provider is not installed or the TPM cannot be reached.
class TpmKeyProvider {
public:
    explicit TpmKeyProvider(const std::string& tcti);
    TpmKeyProvider(const TpmKeyProvider&) = delete;
    TpmKeyProvider& operator=(const TpmKeyProvider&) = delete;
    ~TpmKeyProvider();
};

}  // namespace device_agent::attestation
