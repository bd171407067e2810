// SPDX-License-Identifier: Apache-2.0
// The device's X.509 certificate: what mutual TLS shows, and what an operator enrolls.
#pragma once

#include "foundation/secret.hpp"

#include <filesystem>
#include <string>

namespace device_agent::attestation {

/// What mutual TLS needs. It is a value: whoever makes the connection knows how to use it.
struct ClientCertificate {
    std::string chain;  ///< PEM: the device's certificate, then those that lead to its CA
    SecretText
        private_key;  ///< PEM, of the device's certificate; or a TSS2 key, which OpenSSL can use by now
};

/// What the device's own certificate says.
struct CertificateFacts {
    std::string common_name;
    std::string subject;            ///< RFC 2253
    std::string issuer;             ///< RFC 2253
    std::string pem;                ///< this certificate alone
    std::string sha1_thumbprint;    ///< upper-case hexadecimal, as the Azure portal shows it
    std::string sha256_thumbprint;  ///< likewise
    std::size_t chain_length = 0;   ///< how many certificates the file holds, this one included
};

/// Whether the file holds a TSS2 PRIVATE KEY: then read_client_certificate() opens the TPM.
[[nodiscard]] bool is_tpm_key_file(const std::filesystem::path& key_file);

/// Reads both files and proves that they belong together. `tcti` says where the TPM is, for a key that is in
/// it. Throws Error{configuration} that says which file is wrong, and why: no certificate in it, a key that
/// is encrypted, a key of another certificate; Error{tpm} when the TPM cannot be reached or does not know the
/// key.
[[nodiscard]] ClientCertificate read_client_certificate(const std::filesystem::path& certificate_file,
                                                        const std::filesystem::path& key_file,
                                                        const std::string& tcti);

/// Throws Error{configuration} when the file holds no certificate, or one whose subject has not exactly one
/// common name.
[[nodiscard]] CertificateFacts read_certificate_facts(const std::filesystem::path& certificate_file);

}  // namespace device_agent::attestation
