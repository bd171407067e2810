// SPDX-License-Identifier: Apache-2.0
#include "attestation/registration_id.hpp"

#include "foundation/digest.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/encoding.hpp"
#include "foundation/error.hpp"

#include <algorithm>
#include <optional>

namespace device_agent::attestation {
namespace {

// Not std::isalnum: the rule does not follow the locale.
bool is_letter_or_digit(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_allowed(char c) noexcept {
    return is_letter_or_digit(c) || c == ':' || c == '.' || c == '_' || c == '-';
}

// A serial number may hold anything; a message shall be one line.
std::string in_quotes(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return c < 0x20 || c == 0x7f; }, '?');
    return "'" + text + "'";
}

// The file, below the root, that holds what the placeholder names; nothing for a name that we do not know.
std::optional<std::filesystem::path> file_of(std::string_view placeholder) {
    constexpr std::string_view mac = "mac:";
    if (placeholder == "dmi:product_serial") return "sys/class/dmi/id/product_serial";
    if (placeholder == "dt:serial-number") return "proc/device-tree/serial-number";
    if (placeholder == "machine-id") return "etc/machine-id";
    const bool names_interface = placeholder.starts_with(mac) && placeholder.size() > mac.size() &&
                                 placeholder.find_first_of("/.") == std::string_view::npos;
    if (!names_interface) return std::nullopt;
    return std::filesystem::path("sys/class/net") / placeholder.substr(mac.size()) / "address";
}

std::string value_of(std::string_view placeholder, const std::filesystem::path& root) {
    const auto fail = [&](const std::string& why) {
        return Error(ErrorCode::configuration, "registrationId: ${" + std::string(placeholder) + "} " + why +
                                                   "; use another placeholder, or leave registrationId out");
    };
    const auto file = file_of(placeholder);
    if (!file) throw fail("is no placeholder that this program knows");
    std::optional<std::string> text;
    try {
        text = read_file(root / *file);
    } catch (const Error& error) {
        throw fail(std::string("cannot be read: ") + error.what());
    }
    if (!text) throw fail("has no value on this machine: there is no " + (root / *file).string());
    text->resize(text->find_last_not_of(std::string_view("\0\r\n\t ", 5)) +
                 1);  // a device tree ends it with a NUL
    if (text->empty()) throw fail("is empty on this machine: " + (root / *file).string() + " holds nothing");
    return *text;
}

}  // namespace

std::string expand_registration_id(std::string_view text, const std::filesystem::path& root) {
    std::string id;
    while (!text.empty()) {
        const auto start = text.find("${");
        id += text.substr(0, start);
        if (start == std::string_view::npos) break;
        const auto end = text.find('}', start);
        const auto name = text.substr(start + 2, end == std::string_view::npos ? end : end - start - 2);
        id += value_of(name, root);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    if (is_valid_registration_id(id)) return id;
    throw Error(ErrorCode::configuration,
                "registrationId: " + in_quotes(id) +
                    " breaks DPS's rule (1 to 128 of A-Z, a-z, 0-9 and : . _ -, a letter or a "
                    "digit first and last); use another placeholder");
}

std::string registration_id_of(ByteView endorsement_key) {
    return base32_encode(sha256(endorsement_key));
}

bool is_valid_registration_id(std::string_view id) noexcept {
    constexpr std::size_t longest = 128;
    return !id.empty() && id.size() <= longest && is_letter_or_digit(id.front()) &&
           is_letter_or_digit(id.back()) && std::ranges::all_of(id, is_allowed);
}

}  // namespace device_agent::attestation
