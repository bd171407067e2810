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

std::optional<SlotFile> parse(const std::string& text) {
    const auto json = Json::parse(text, nullptr, false);
    if (!json.is_object() || json.value("version", Json()) != format_version) return std::nullopt;
    const auto identity_text = json.value("identity", Json());
    if (!identity_text.is_string()) return std::nullopt;
    auto identity = Identity::parse(identity_text.get_ref<const std::string&>());
    auto public_area = bytes_of(json, "publicArea");
    auto private_area = bytes_of(json, "privateArea");
    auto parent = bytes_of(json, "parent");
    if (!identity || !public_area || !private_area || !parent) return std::nullopt;
    return SlotFile{
        std::move(*identity), {std::move(*public_area), std::move(*private_area)}, std::move(*parent)};
}

}  // namespace

std::filesystem::path slot_path(const std::filesystem::path& state_directory, unsigned slot) {
    return state_directory / ("slot-" + std::to_string(slot));
}

std::filesystem::path staged_path(const std::filesystem::path& state_directory, unsigned slot) {
    return slot_path(state_directory, slot) += ".next";
}

std::optional<SlotFile> read_slot_file(const std::filesystem::path& path) {
    const auto text = read_file(path);
    if (!text) return std::nullopt;
    auto content = parse(*text);
    if (!content) {
        throw Error(
            ErrorCode::state,
            path.string() +
                " is damaged: it is not a slot file of this program; move it away and provision again");
    }
    return content;
}

void write_slot_file(const std::filesystem::path& path, const SlotFile& content) {
    const Json json{{"version", format_version},
                    {"identity", content.identity.text()},
                    {"publicArea", base64_encode(content.key.public_area)},
                    {"privateArea", base64_encode(content.key.private_area)},
                    {"parent", base64_encode(content.parent)}};
    write_durably(path, json.dump(2) + "\n");
}

}  // namespace device_agent::identity
