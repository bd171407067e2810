// SPDX-License-Identifier: Apache-2.0
#include "app_api/unit_credential.hpp"

#include "app_api/policy.hpp"
#include "app_api/unit_name.hpp"

#include <algorithm>

namespace device_agent::app_api {
namespace {

constexpr std::size_t longest_name = 255;

bool is_random_part(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
}

// As systemd allows them: names of files, and printable.
bool is_credential_name(std::string_view text) {
    return !text.empty() && text.size() <= longest_name && text != "." && text != ".." &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '/' && c != ':'; });
}

bool is_granted_with_others(const std::string& unit, const View& view) {
    return std::ranges::any_of(view.applications, [&](const auto& entry) {
        return std::ranges::find(entry.second.units, unit) != entry.second.units.end();
    });
}

}  // namespace

std::optional<UnitCredential> parse_unit_address(std::string_view address) {
    constexpr std::string_view middle = "/unit/";
    if (!address.starts_with('\0')) return std::nullopt;
    address.remove_prefix(1);
    const auto slash = address.find('/');
    if (slash == std::string_view::npos || !is_random_part(address.substr(0, slash)) ||
        !address.substr(slash).starts_with(middle))
        return std::nullopt;
    address.remove_prefix(slash + middle.size());
    const auto end = address.find('/');
    if (end == std::string_view::npos) return std::nullopt;
    const auto unit = address.substr(0, end);
    const auto name = address.substr(end + 1);
    if (!unit.ends_with(".service") || !is_unit_name(unit) || !is_credential_name(name)) return std::nullopt;
    return UnitCredential{std::string(unit), std::string(name)};
}

std::variant<std::string, NoApplication> choose_for_unit(const UnitCredential& credential, const View& view) {
    const auto applications = applications_of_unit(credential.unit, view);
    if (applications.size() == 1) return applications.front();
    if (std::ranges::find(applications, credential.name) != applications.end()) return credential.name;
    if (!applications.empty()) {
        return NoApplication{
            "several identities are granted to the unit: name the credential after one of them"};
    }
    if (is_granted_with_others(credential.unit, view)) {
        return NoApplication{
            "the grant wants a user or group besides the unit, which cannot be known before its process is "
            "there: "
            "grant it to the unit alone"};
    }
    return NoApplication{"no identity is granted to the unit"};
}

}  // namespace device_agent::app_api
