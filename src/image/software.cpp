// SPDX-License-Identifier: Apache-2.0
#include "image/software.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace device_agent::image {
namespace {

struct Known {
    std::string_view name;
    Use use;
};

// By the beginning of the soname: what follows is a variant or a version.
constexpr std::array libraries{
    Known{"libiothub_client", Use::azure_sdk}, Known{"libiothub_service_client", Use::azure_sdk},
    Known{"libprov_device", Use::azure_sdk},   Known{"libprov_auth_client", Use::azure_sdk},
    Known{"libaz_iot", Use::azure_sdk},        Known{"libdevice-agent.so", Use::device_agent_library},
    Known{"libpaho-mqtt", Use::mqtt_client},   Known{"libmosquitto", Use::mqtt_client},
    Known{"libQt5Mqtt", Use::mqtt_client},     Known{"libQt6Mqtt", Use::mqtt_client},
    Known{"libwolfmqtt", Use::mqtt_client},
};

constexpr std::array node_packages{
    Known{"mqtt", Use::mqtt_client},
    Known{"async-mqtt", Use::mqtt_client},
    Known{"mqtt-connection", Use::mqtt_client},
};
constexpr std::string_view azure_node_packages = "azure-iot-";

constexpr std::array python_packages{
    Known{"azure-iot-device", Use::azure_sdk}, Known{"paho-mqtt", Use::mqtt_client},
    Known{"asyncio-mqtt", Use::mqtt_client},   Known{"aiomqtt", Use::mqtt_client},
    Known{"gmqtt", Use::mqtt_client},          Known{"amqtt", Use::mqtt_client},
    Known{"hbmqtt", Use::mqtt_client},
};

template <typename Table, typename Matches>
std::optional<Use> find(const Table& table, Matches matches) {
    const auto found = std::ranges::find_if(table, matches, &Known::name);
    if (found == table.end()) return std::nullopt;
    return found->use;
}

}  // namespace

std::optional<Use> use_of_library(std::string_view soname) {
    return find(libraries, [&](std::string_view name) { return soname.starts_with(name); });
}

std::optional<Use> use_of_node_package(std::string_view name) {
    if (name.starts_with(azure_node_packages)) return Use::azure_sdk;
    return find(node_packages, [&](std::string_view known) { return name == known; });
}

std::optional<Use> use_of_python_package(std::string_view name) {
    std::string plain;
    for (const char c : name) {
        const bool separates = c == '-' || c == '_' || c == '.';
        if (separates && plain.ends_with('-')) continue;
        plain += separates ? '-' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return find(python_packages, [&](std::string_view known) { return plain == known; });
}

}  // namespace device_agent::image
