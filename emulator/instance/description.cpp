// SPDX-License-Identifier: Apache-2.0
#include "emulator/instance/description.hpp"

#include "emulator/dps/service_api.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/error.hpp"

#include <nlohmann/json.hpp>

namespace emulator::instance {
namespace {

constexpr auto file_name = "emulator.json";
constexpr std::string_view hub_owner = "iothubowner";

std::string service_connection_string(const std::string& host, std::string_view policy,
                                      const PolicyKeys& keys) {
    return "HostName=" + host + ";SharedAccessKeyName=" + std::string(policy) +
           ";SharedAccessKey=" + std::string(keys.find(policy)->second.view());
}

}  // namespace

Description describe(const Instance& instance, const std::filesystem::path& ca_file, std::uint16_t https_port,
                     std::uint16_t mqtt_port) {
    const auto authority = "localhost:" + std::to_string(https_port);
    Description description{.dps_uri = authority,
                            .id_scope = instance.id_scope,
                            .hubs = instance.hubs,
                            .ca_file = ca_file.string(),
                            .https_port = https_port,
                            .mqtt_port = mqtt_port,
                            .dps_service_connection_string = service_connection_string(
                                "localhost", dps::service_policy, instance.dps_policies),
                            .hub_service_connection_strings = {},
                            .control_url = "https://" + authority + "/_emulator",
                            .control_token = instance.control_token};
    for (const auto& hub : instance.hubs) {
        description.hub_service_connection_strings.emplace(
            hub, service_connection_string(hub, hub_owner, instance.hub_policies.at(hub)));
    }
    return description;
}

void write_description(const std::filesystem::path& folder, const Description& description) {
    const nlohmann::ordered_json json{
        {"dpsUri", description.dps_uri},
        {"idScope", description.id_scope},
        {"hubs", description.hubs},
        {"caFile", description.ca_file},
        {"httpsPort", description.https_port},
        {"mqttPort", description.mqtt_port},
        {"dpsServiceConnectionString", description.dps_service_connection_string},
        {"hubServiceConnectionStrings", description.hub_service_connection_strings},
        {"controlUrl", description.control_url},
        {"controlToken", description.control_token},
    };
    device_agent::write_durably(folder / file_name, json.dump(2) + "\n");
}

std::optional<Description> read_description(const std::filesystem::path& folder) {
    const auto text = device_agent::read_file(folder / file_name);
    if (!text) return std::nullopt;
    try {
        const auto json = nlohmann::json::parse(*text);
        return Description{
            .dps_uri = json.at("dpsUri"),
            .id_scope = json.at("idScope"),
            .hubs = json.at("hubs"),
            .ca_file = json.at("caFile"),
            .https_port = json.at("httpsPort"),
            .mqtt_port = json.at("mqttPort"),
            .dps_service_connection_string = json.at("dpsServiceConnectionString"),
            .hub_service_connection_strings = json.at("hubServiceConnectionStrings"),
            .control_url = json.at("controlUrl"),
            .control_token = json.at("controlToken"),
        };
    } catch (const nlohmann::json::exception&) {
        throw device_agent::Error(device_agent::ErrorCode::state,
                                  (folder / file_name).string() + " is not one that iot-emulator wrote");
    }
}

}  // namespace emulator::instance
