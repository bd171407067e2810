// SPDX-License-Identifier: Apache-2.0
#include "emulator/faults/operation.hpp"

#include "emulator/ascii.hpp"

#include <algorithm>
#include <array>

namespace emulator::faults {
namespace {

using record::Service;

struct Operation {
    Service service;
    std::string_view name;
    std::string_view method;
    std::string_view path;  ///< '*' stands for any one segment
};

// What comes by MQTT alone has no method and no path.
constexpr std::string_view none{};

constexpr std::array operations{
    Operation{Service::dps_device, connect_operation, none, none},
    Operation{Service::dps_device, register_operation, "PUT", "/*/registrations/*/register"},
    Operation{Service::dps_device, poll_operation, "GET", "/*/registrations/*/operations/*"},
    Operation{Service::dps_device, "status", "POST", "/*/registrations/*"},
    Operation{Service::hub, "listModules", "GET", "/devices/*/modules"},
    Operation{Service::hub, "getModule", "GET", "/devices/*/modules/*"},
    Operation{Service::hub, "putModule", "PUT", "/devices/*/modules/*"},
    Operation{Service::hub, "deleteModule", "DELETE", "/devices/*/modules/*"},
    Operation{Service::hub, "getDevice", "GET", "/devices/*"},
    Operation{Service::hub, "putDevice", "PUT", "/devices/*"},
    Operation{Service::hub, "deleteDevice", "DELETE", "/devices/*"},
    Operation{Service::hub, connect_operation, none, none},
    Operation{Service::hub, subscribe_operation, none, none},
    Operation{Service::hub, get_twin_operation, none, none},
    Operation{Service::hub, report_operation, none, none},
    Operation{Service::hub, telemetry_operation, "POST", "/devices/*/messages/events"},
    Operation{Service::hub, telemetry_operation, "POST", "/devices/*/modules/*/messages/events"},
};

bool matches(std::string_view pattern, const std::vector<std::string>& segments) {
    const auto in_pattern = static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '/'));
    if (in_pattern != segments.size()) return false;
    return std::all_of(segments.begin(), segments.end(), [&](const std::string& segment) {
        pattern.remove_prefix(1);
        const auto wanted = pattern.substr(0, pattern.find('/'));
        pattern.remove_prefix(wanted.size());
        return wanted == "*" || equal_ignoring_case(wanted, segment);
    });
}

}  // namespace

std::string_view operation_of(Service service, const http::Request& request) {
    for (const auto& operation : operations) {
        if (operation.service == service && operation.method == request.method &&
            matches(operation.path, request.target.segments)) {
            return operation.name;
        }
    }
    return {};
}

std::vector<std::string_view> operations_of(Service service) {
    std::vector<std::string_view> names;
    for (const auto& operation : operations) {
        const bool is_known = !names.empty() && names.back() == operation.name;
        if (operation.service == service && !is_known) names.push_back(operation.name);
    }
    return names;
}

}  // namespace emulator::faults
