// SPDX-License-Identifier: Apache-2.0
#include "identity/identity.hpp"

#include <algorithm>

namespace device_agent::identity {
namespace {

// Visible ASCII without the separators of a slot's text and of a connection string.
bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= 253 &&
           std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f && c != '/' && c != ';'; });
}

}  // namespace

std::string Identity::text() const {
    std::string text = hub + "/" + device;
    if (module) text += "/" + *module;
    return text;
}

std::optional<Identity> Identity::parse(std::string_view text) {
    const auto first = text.find('/');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = text.find('/', first + 1);

    Identity identity;
    identity.hub = text.substr(0, first);
    identity.device = text.substr(first + 1, second == std::string_view::npos ? second : second - first - 1);
    if (second != std::string_view::npos) identity.module = text.substr(second + 1);
    const bool valid =
        is_name(identity.hub) && is_name(identity.device) && (!identity.module || is_name(*identity.module));
    return valid ? std::optional(identity) : std::nullopt;
}

std::string Identity::sas_resource() const {
    std::string resource = hub + "/devices/" + device;
    if (module) resource += "/modules/" + *module;
    return resource;
}

}  // namespace device_agent::identity
