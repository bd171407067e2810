// SPDX-License-Identifier: Apache-2.0
#include "emulator/sas/token.hpp"

#include "emulator/ascii.hpp"
#include "emulator/format_error.hpp"
#include "foundation/digest.hpp"
#include "foundation/encoding.hpp"

#include <charconv>
#include <optional>

namespace emulator::sas {
namespace {

constexpr std::string_view scheme = "SharedAccessSignature";
constexpr std::size_t longest_token = 8192;

std::string decode(std::string_view encoded, const char* field) {
    auto decoded = device_agent::percent_decode(encoded);
    if (!decoded) throw FormatError(std::string("the token's ") + field + " is not percent-encoded");
    return std::move(*decoded);
}

device_agent::WallTime parse_expiry(std::string_view text) {
    std::int64_t seconds = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, seconds);
    // The bound is the year 9999: what lies beyond has no date.
    if (error != std::errc{} || rest != end || seconds < 0 || seconds > 253'402'300'799) {
        throw FormatError("the token's se is not a time in seconds since 1970");
    }
    return device_agent::WallTime(std::chrono::seconds(seconds));
}

// The raw fields of a token; each at most once.
struct Fields {
    std::optional<std::string_view> sr, sig, se, skn;

    void take(std::string_view name, std::string_view value) {
        for (auto [known, slot] : {std::pair{"sr", &sr}, {"sig", &sig}, {"se", &se}, {"skn", &skn}}) {
            if (name != known) continue;
            if (*slot) throw FormatError(std::string("the token has two fields ") + known);
            *slot = value;
        }
    }
};

std::string_view required(const std::optional<std::string_view>& field, const char* name) {
    if (!field || field->empty()) throw FormatError(std::string("the token has no ") + name);
    return *field;
}

Fields split(std::string_view text) {
    Fields fields;
    while (!text.empty()) {
        const auto end = std::min(text.find('&'), text.size());
        const auto field = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto equals = field.find('=');
        if (equals == std::string_view::npos) throw FormatError("the token has a field without a value");
        fields.take(field.substr(0, equals), field.substr(equals + 1));
    }
    return fields;
}

}  // namespace

Token parse_token(std::string_view text) {
    if (text.size() > longest_token) throw FormatError("the token is too long");
    if (!starts_ignoring_case(text, scheme)) throw FormatError("this is not a SharedAccessSignature");
    text.remove_prefix(scheme.size());
    if (!text.starts_with(' ')) throw FormatError("this is not a SharedAccessSignature");
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));

    const auto fields = split(text);
    Token token;
    token.resource_as_sent = required(fields.sr, "sr");
    token.resource = decode(token.resource_as_sent, "sr");
    token.expiry_as_sent = required(fields.se, "se");
    token.expiry = parse_expiry(token.expiry_as_sent);
    auto signature = device_agent::base64_decode(decode(required(fields.sig, "sig"), "sig"));
    if (!signature) throw FormatError("the token's sig is not base64");
    token.signature = std::move(*signature);
    token.policy = decode(fields.skn.value_or(""), "skn");
    return token;
}

bool signed_by(const Token& token, device_agent::ByteView key) {
    const std::string text = token.resource_as_sent + "\n" + token.expiry_as_sent;
    return device_agent::equal_in_constant_time(token.signature,
                                                device_agent::hmac_sha256(key, device_agent::as_bytes(text)));
}

bool signed_by_base64(const Token& token, std::string_view base64_key) {
    const auto key = device_agent::base64_decode_secret(base64_key);
    return key && !key->empty() && signed_by(token, *key);
}

bool is_for(const Token& token, std::string_view resource) {
    return equal_ignoring_case(token.resource, resource);
}

bool has_expired(const Token& token, device_agent::WallTime now) {
    return now >= token.expiry;
}

}  // namespace emulator::sas
