// SPDX-License-Identifier: Apache-2.0
// Private keys that never leave the TPM, for OpenSSL: files of the form TSS2 PRIVATE KEY.
#pragma once

#include <string>
#include <string_view>

namespace device_agent::attestation {

/// Whether the PEM text is a key that only a TPM can use.
[[nodiscard]] bool is_tpm_key(std::string_view pem) noexcept;

/// From now on, until the process ends, OpenSSL's default library context loads such keys and signs with them
/// in the TPM at `tcti`. While a key is loaded it takes one of the TPM's few places for objects; on a device
/// without a resource manager nobody else can use the TPM meanwhile.
///
/// Call it before other threads start: it sets the environment variable by which the tpm2-openssl provider is
/// told of the TPM. Again it does nothing, and the TPM stays the same. Signing is safe from any thread.
/// Throws Error{tpm} when the provider is not installed or the TPM cannot be reached.
void use_tpm_keys(const std::string& tcti);

}  // namespace device_agent::attestation
