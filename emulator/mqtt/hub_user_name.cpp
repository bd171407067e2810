// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/hub_user_name.hpp"

#include "emulator/ascii.hpp"
#include "emulator/format_error.hpp"
#include "emulator/mqtt/property_bag.hpp"

#include <vector>

namespace emulator::mqtt {
namespace {

std::vector<std::string_view> segments_of(std::string_view text) {
    std::vector<std::string_view> segments;
    for (;;) {
        const auto slash = text.find('/');
        segments.push_back(text.substr(0, slash));
        if (slash == std::string_view::npos) return segments;
        text.remove_prefix(slash + 1);
    }
}

}  // namespace

hub::IdentityId parse_hub_user_name(std::string_view user_name) {
    // The query may hold slashes of its own, as "?" is allowed in ids: so it is found by what it must begin
    // with.
    auto query_at = user_name.rfind("/?api-version=");
    const bool is_old_form = query_at == std::string_view::npos;
    if (is_old_form) query_at = user_name.rfind("/api-version=");
    if (query_at == std::string_view::npos) throw FormatError("the user name has no api-version");
    const auto query = parse_property_bag(user_name.substr(query_at + 1));
    if (value_of(query, "api-version").value_or("").empty()) {
        throw FormatError("the api-version in the user name is empty");
    }
    const auto segments = segments_of(user_name.substr(0, query_at));
    if ((segments.size() != 2 && segments.size() != 3) || segments[0].empty()) {
        throw FormatError("the user name does not begin with hub/device or hub/device/module");
    }
    hub::IdentityId id{.hub = lower_case(segments[0]), .device = std::string(segments[1])};
    if (segments.size() == 3) {
        id.module = segments[2];
        if (!hub::is_valid_id(id.module)) throw FormatError("the user name names no valid module id");
    }
    if (!hub::is_valid_id(id.device)) throw FormatError("the user name names no valid device id");
    return id;
}

std::string client_id_of(const hub::IdentityId& id) {
    return id.is_module() ? id.device + "/" + id.module : id.device;
}

}  // namespace emulator::mqtt
