// SPDX-License-Identifier: Apache-2.0
#include "identity/slot_file.hpp"

#include "foundation/durable_file.hpp"
#include "foundation/encoding.hpp"
#include "foundation/error.hpp"

#include <nlohmann/json.hpp>

namespace device_agent::identity {
namespace {

using Json = nlohmann::json;

constexpr int format_version = 1;

std::optional<Bytes> bytes_of(const Json& json, const char* name) {
    const auto member = json.find(name);
    if (member == json.end() || !member->is_string()) return std::nullopt;
    return base64_decode(member->get_ref<const std::string&>());
}

std::optional<SlotFile> parse_wrapped(std::string_view text) {
    const auto json = Json::parse(text, nullptr, false);
    if (!json.is_object() || json.value("version", Json()) != format_version) return std::nullopt;
    const auto identity_text = json.value("identity", Json());
    if (!identity_text.is_string()) return std::nullopt;
    auto identity = Identity::parse(identity_text.get_ref<const std::string&>());
    auto public_area = bytes_of(json, "publicArea");
    auto private_area = bytes_of(json, "privateArea");
    auto parent = bytes_of(json, "parent");
    if (!identity || !public_area || !private_area || !parent) return std::nullopt;
    return SlotFile{std::move(*identity),
                    WrappedSlotKey{{std::move(*public_area), std::move(*private_area)}, std::move(*parent)}};
}

// A key in clear must not pass through a JSON parser, which keeps copies: three lines, the header, the
// identity's text, and what proves it.
constexpr std::string_view plain_header = "device-agent slot 1\n";
constexpr std::string_view key_word = "key ";
constexpr std::string_view certificate_word = "certificate";

std::optional<SlotFile> parse_plain(std::string_view text) {
    text.remove_prefix(plain_header.size());
    const auto first = text.find('\n');
    if (first == std::string_view::npos || !text.ends_with('\n')) return std::nullopt;
    auto identity = Identity::parse(text.substr(0, first));
    auto proof = text.substr(first + 1);
    if (!identity || proof.empty()) return std::nullopt;
    proof.remove_suffix(1);
    if (proof == certificate_word) return SlotFile{std::move(*identity), ByCertificate{}};
    if (!proof.starts_with(key_word)) return std::nullopt;
    auto key = base64_decode_secret(proof.substr(key_word.size()));
    if (!key || key->empty()) return std::nullopt;
    return SlotFile{std::move(*identity), std::move(*key)};
}

SecretText plain(const Identity& identity, const SecretBytes* key) {
    SecretText text(plain_header);
    text += identity.text();
    text += "\n";
    if (key != nullptr) {
        text += key_word;
        text += base64_encode_secret(*key).view();
    } else {
        text += certificate_word;
    }
    text += "\n";
    return text;
}

}  // namespace

std::filesystem::path slot_path(const std::filesystem::path& state_directory, unsigned slot) {
    return state_directory / ("slot-" + std::to_string(slot));
}

std::filesystem::path staged_path(const std::filesystem::path& state_directory, unsigned slot) {
    return slot_path(state_directory, slot) += ".next";
}

std::optional<SlotFile> read_slot_file(const std::filesystem::path& path) {
    const auto text = read_secret_file(path);
    if (!text) return std::nullopt;
    auto content =
        text->view().starts_with(plain_header) ? parse_plain(text->view()) : parse_wrapped(text->view());
    if (!content) {
        throw Error(
            ErrorCode::state,
            path.string() +
                " is damaged: it is not a slot file of this program; move it away and provision again");
    }
    return content;
}

void write_slot_file(const std::filesystem::path& path, const SlotFile& content) {
    const auto* wrapped = std::get_if<WrappedSlotKey>(&content.proof);
    if (wrapped == nullptr) {
        write_durably(path, plain(content.identity, std::get_if<SecretBytes>(&content.proof)).view());
        return;
    }
    const Json json{{"version", format_version},
                    {"identity", content.identity.text()},
                    {"publicArea", base64_encode(wrapped->key.public_area)},
                    {"privateArea", base64_encode(wrapped->key.private_area)},
                    {"parent", base64_encode(wrapped->parent)}};
    write_durably(path, json.dump(2) + "\n");
}

}  // namespace device_agent::identity
