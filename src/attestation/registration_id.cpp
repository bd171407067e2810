// SPDX-License-Identifier: Apache-2.0
#include "attestation/registration_id.hpp"

#include "foundation/digest.hpp"
#include "foundation/encoding.hpp"

#include <algorithm>

namespace device_agent::attestation {
namespace {

// Not std::isalnum: the rule does not follow the locale.
bool is_letter_or_digit(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_allowed(char c) noexcept {
    return is_letter_or_digit(c) || c == ':' || c == '.' || c == '_' || c == '-';
}

}  // namespace

std::string registration_id_of(ByteView endorsement_key) {
    return base32_encode(sha256(endorsement_key));
}

bool is_valid_registration_id(std::string_view id) noexcept {
    constexpr std::size_t longest = 128;
    return !id.empty() && id.size() <= longest && is_letter_or_digit(id.front()) &&
           is_letter_or_digit(id.back()) && std::ranges::all_of(id, is_allowed);
}

}  // namespace device_agent::attestation
