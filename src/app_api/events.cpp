// SPDX-License-Identifier: Apache-2.0
#include "app_api/events.hpp"

#include <nlohmann/json.hpp>

#include <vector>

namespace device_agent::app_api {
namespace {

// How the two differ; empty when only the number of the slot does, which is nothing to an application.
std::vector<std::string> differences(const ServedIdentity& known, const ServedIdentity& now) {
    std::vector<std::string> what;
    if (known.slot.identity != now.slot.identity) what.emplace_back("hub");
    if (known.key_id != now.key_id) what.emplace_back("key");
    return what;
}

std::string line(const std::string& event, const std::string& application, const ServedIdentity& served,
                 const std::vector<std::string>& what, Format format) {
    const auto identity = served.slot.identity->text();
    if (format == Format::text) {
        auto text = event + ' ' + application + ' ' + identity;
        for (std::size_t i = 0; i < what.size(); ++i)
            text += (i == 0 ? ' ' : ',') + what[i];
        return text + '\n';
    }
    nlohmann::json json{{"event", event}, {"application", application}, {"identity", identity}};
    if (!what.empty()) json["what"] = what;
    return json.dump() + '\n';
}

}  // namespace

std::optional<std::string> render_event(const std::string& application,
                                        const std::optional<ServedIdentity>& known,
                                        const std::optional<ServedIdentity>& now, Format format) {
    if (!known && !now) return std::nullopt;
    if (!known) return line("provisioned", application, *now, {}, format);
    if (!now) return line("removed", application, *known, {}, format);
    const auto what = differences(*known, *now);
    if (what.empty()) return std::nullopt;
    return line("changed", application, *now, what, format);
}

}  // namespace device_agent::app_api
