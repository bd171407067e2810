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

constexpr std::array operations{
    Operation{Service::dps_device, "register", "PUT", "/*/registrations/*/register"},
    Operation{Service::dps_device, "poll", "GET", "/*/registrations/*/operations/*"},
    Operation{Service::dps_device, "status", "POST", "/*/registrations/*"},
    Operation{Service::hub, "listModules", "GET", "/devices/*/modules"},
    Operation{Service::hub, "getModule", "GET", "/devices/*/modules/*"},
    Operation{Service::hub, "putModule", "PUT", "/devices/*/modules/*"},
    Operation{Service::hub, "deleteModule", "DELETE", "/devices/*/modules/*"},
    Operation{Service::hub, "getDevice", "GET", "/devices/*"},
    Operation{Service::hub, "putDevice", "PUT", "/devices/*"},
    Operation{Service::hub, "deleteDevice", "DELETE", "/devices/*"},
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
        if (operation.service == service) names.push_back(operation.name);
    }
    return names;
}

}  // namespace emulator::faults
