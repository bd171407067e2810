// SPDX-License-Identifier: Apache-2.0
// Shared access signatures: reading and checking what clients send, and (for connection tests and service
// strings) nothing else. The emulator never mints a token.
#pragma once

#include "foundation/bytes.hpp"
#include "foundation/clock.hpp"

#include <string>
#include <string_view>

namespace emulator::sas {

struct Token {
    std::string resource_as_sent;   ///< sr, still encoded: this very text was signed
    std::string resource;           ///< sr, percent-decoded: for comparing with what is asked for
    std::string expiry_as_sent;     ///< se: this very text was signed
    device_agent::WallTime expiry;  ///< se
    device_agent::Bytes signature;  ///< sig, decoded
    std::string policy;             ///< skn; empty when absent
};

/// Parses `SharedAccessSignature sr=…&sig=…&se=…[&skn=…]`, fields in any order. Throws FormatError that names
/// the field. Unknown fields are passed over, as the services do; a field given twice is refused.
[[nodiscard]] Token parse_token(std::string_view text);

/// Whether `key` (raw, not base64) made the signature, over sr and se as they were sent.
[[nodiscard]] bool signed_by(const Token& token, device_agent::ByteView key);

/// The same for a key in the base64 form in which keys are kept and shown; false when it is not base64.
[[nodiscard]] bool signed_by_base64(const Token& token, std::string_view base64_key);

/// Clients differ in case, and one lower-cases the whole resource: so the comparison ignores case.
[[nodiscard]] bool is_for(const Token& token, std::string_view resource);

/// A token is good until the second before its expiry.
[[nodiscard]] bool has_expired(const Token& token, device_agent::WallTime now);

}  // namespace emulator::sas
