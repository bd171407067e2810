// SPDX-License-Identifier: Apache-2.0
#include "emulator/record/service.hpp"

#include <array>
#include <utility>

namespace emulator::record {
namespace {

constexpr std::array<std::pair<Service, std::string_view>, 4> service_names{
    {{Service::dps_device, "dps"},
     {Service::dps_service, "dpsService"},
     {Service::hub, "hub"},
     {Service::control, "control"}}};

}  // namespace

std::string_view to_text(Service service) {
    for (const auto& [known, name] : service_names) {
        if (known == service) return name;
    }
    return "";
}

std::optional<Service> parse_service(std::string_view text) {
    for (const auto& [service, name] : service_names) {
        if (name == text) return service;
    }
    return std::nullopt;
}

}  // namespace emulator::record
