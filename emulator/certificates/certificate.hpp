// SPDX-License-Identifier: Apache-2.0
// A certificate that somebody else made: parsed, described, not yet trusted.
#pragma once

#include "emulator/openssl_handles.hpp"
#include "foundation/bytes.hpp"
#include "foundation/clock.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace emulator::certificates {

class Certificate {
public:
    /// Throws FormatError for what is not one certificate and nothing else.
    [[nodiscard]] static Certificate from_der(device_agent::ByteView der);
    /// The text that clients of the services send: PEM, of which the first certificate is taken, or the
    /// base64 of the DER form alone. Throws FormatError.
    [[nodiscard]] static Certificate from_text(std::string_view text);

    [[nodiscard]] const device_agent::Bytes& der() const noexcept { return der_; }
    /// In upper-case hexadecimal, as Azure shows them.
    [[nodiscard]] std::string sha1_thumbprint() const;
    [[nodiscard]] std::string sha256_thumbprint() const;

    [[nodiscard]] std::string subject() const;  ///< "CN=dev-1,O=Example"
    [[nodiscard]] std::string issuer() const;
    [[nodiscard]] std::string common_name() const;  ///< the subject's last one; empty when there is none
    [[nodiscard]] std::string serial_number() const;
    [[nodiscard]] int version() const;
    [[nodiscard]] device_agent::WallTime not_before() const;
    [[nodiscard]] device_agent::WallTime not_after() const;
    /// Whether it may issue others: basic constraints say so.
    [[nodiscard]] bool is_authority() const;

    /// For chain.cpp; owned by this object.
    [[nodiscard]] X509* handle() const noexcept { return handle_.get(); }

private:
    Certificate(openssl::Certificate handle, device_agent::Bytes der)
        : handle_(std::move(handle)), der_(std::move(der)) {}

    openssl::Certificate handle_;
    device_agent::Bytes der_;
};

/// The DER forms of all certificates in a PEM text, in its order. Throws FormatError when there is none.
[[nodiscard]] std::vector<device_agent::Bytes> read_pem(std::string_view text);

}  // namespace emulator::certificates
