// SPDX-License-Identifier: Apache-2.0
#include "emulator/instance/instance_file.hpp"

#include "emulator/dps/service_api.hpp"
#include "emulator/hub/access_policy.hpp"
#include "emulator/unique_id.hpp"
#include "foundation/digest.hpp"
#include "foundation/encoding.hpp"
#include "foundation/error.hpp"

#include <nlohmann/json.hpp>

namespace emulator::instance {
namespace {

nlohmann::json to_json(const PolicyKeys& policies) {
    auto json = nlohmann::json::object();
    for (const auto& [name, key] : policies)
        json[name] = key.view();
    return json;
}

PolicyKeys parse_policies(const nlohmann::json& json) {
    PolicyKeys policies;
    for (const auto& [name, key] : json.items()) {
        policies.emplace(name, device_agent::SecretText(key.get_ref<const std::string&>()));
    }
    return policies;
}

}  // namespace

Instance new_instance(const std::vector<std::string>& hubs) {
    Instance instance;
    // The form of the service's own: "0ne" and eight hexadecimal digits.
    instance.id_scope = "0ne" + device_agent::hex_encode(device_agent::random_bytes(4));
    instance.control_token = device_agent::hex_encode(device_agent::random_bytes(32));
    instance.certified_hubs = instance.hubs = hubs;
    instance.dps_policies.emplace(dps::service_policy, device_agent::SecretText(new_base64_key()));
    for (const auto& hub : hubs) {
        for (const auto policy : hub::policy_names) {
            instance.hub_policies[hub].emplace(policy, device_agent::SecretText(new_base64_key()));
        }
    }
    return instance;
}

device_agent::SecretText serialize(const Instance& instance) {
    nlohmann::json hubs;
    for (const auto& [hub, policies] : instance.hub_policies)
        hubs[hub] = to_json(policies);
    const nlohmann::json json{{"version", 1},
                              {"idScope", instance.id_scope},
                              {"controlToken", instance.control_token},
                              {"hubs", instance.certified_hubs},
                              {"dpsPolicies", to_json(instance.dps_policies)},
                              {"hubPolicies", hubs}};
    return device_agent::SecretText(json.dump(2) + "\n");
}

Instance parse_instance(const std::string& text) {
    try {
        const auto json = nlohmann::json::parse(text);
        Instance instance;
        instance.id_scope = json.at("idScope").get<std::string>();
        instance.control_token = json.at("controlToken").get<std::string>();
        instance.certified_hubs = json.at("hubs").get<std::vector<std::string>>();
        instance.hubs = instance.certified_hubs;
        instance.dps_policies = parse_policies(json.at("dpsPolicies"));
        for (const auto& [hub, policies] : json.at("hubPolicies").items()) {
            instance.hub_policies.emplace(hub, parse_policies(policies));
        }
        return instance;
    } catch (const nlohmann::json::exception&) {
        throw device_agent::Error(
            device_agent::ErrorCode::state,
            "instance.json in the data directory is damaged: put it back, or use a new --data "
            "directory");
    }
}

}  // namespace emulator::instance
