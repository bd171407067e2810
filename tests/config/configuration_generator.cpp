// SPDX-License-Identifier: Apache-2.0
#include "configuration_generator.hpp"

#include "config/specification.hpp"
#include "config/text_rules.hpp"

#include <algorithm>
#include <map>

namespace device_agent::config {
namespace {

using Json = ConfigurationGenerator::Json;

// Texts that each rule takes, the shortest and the longest among them.
const std::vector<std::string>& right_texts(const TextRule& rule) {
    static const std::map<const TextRule*, std::vector<std::string>> texts{
        {&text_rules::module_id,
         {"AppB", "a", "dmModule", "App.B-2", "$edgeAgent", "#*?!(),=@%'+_", std::string(128, 'm')}},
        {&text_rules::application, {"$device", "AppB"}},
        {&text_rules::scope_id, {"0ne00000000", "0", std::string(128, 'F')}},
        {&text_rules::registration_id,
         {"device-7", "A", "a:b._-c", "line7-${dmi:product_serial}", "${machine-id}",
          "${mac:eth0}.x${dt:serial-number}", std::string(128, 'r')}},
        {&text_rules::endpoint,
         {"global.azure-devices-provisioning.net", "localhost:8443", "127.0.0.1", "[::1]:65535", "h",
          "a-b--c.d:1"}},
        {&text_rules::proxy, {"http://proxy:3128", "https://proxy.example", "http://[fe80::1]:8080/"}},
        {&text_rules::connection_string, {"", "HostName=hub.test;DeviceId=d;SharedAccessKey=c2VjcmV0"}},
        {&text_rules::path, {"/etc/ssl/ca.pem", "x", "mit Umlaut/für.pem", std::string(1024, 'p')}},
        {&text_rules::socket_path, {"/run/x.sock", "/" + std::string(106, 's')}},
        {&text_rules::tcti, {"device:/dev/tpm0", "swtpm:path=/tmp/sock", "tabrmd"}},
        {&text_rules::key_handle, {"0x81000100", "0x81001000", "0x817Fff00"}},
        {&text_rules::nv_index, {"0x01400100", "0x01000000", "0x01FfFf00"}},
        {&text_rules::account, {"root", "_apt", "machine$", "DOMAIN\\user", std::string(255, 'u')}},
        {&text_rules::unit, {"appb.service", "app@1\\x2d2.scope"}},
        {&text_rules::handler, {"deviceInfo", "StartRebootCmd"}},
    };
    return texts.at(&rule);
}

}  // namespace

Json ConfigurationGenerator::right() {
    Json configuration = object_of(specification());
    settle_attestation(configuration);
    settle_identities(configuration);
    settle_rules_across_keys(configuration);
    return configuration;
}

Json ConfigurationGenerator::value_of(const Shape& shape) {
    switch (shape.kind) {
        case Shape::Kind::boolean:
            return one_in(2);
        case Shape::Kind::integer:
            return integer_of(shape);
        case Shape::Kind::text:
            return text_of(*shape.text);
        case Shape::Kind::choice:
            return shape.choices[below(shape.choices.size())];
        case Shape::Kind::list: {
            auto list = Json::array();
            for (auto count = below(4); count > 0; --count)
                list.push_back(text_of(*shape.text));
            return list;
        }
        case Shape::Kind::object:
            return object_of(shape);
        case Shape::Kind::map:
            return map_of(shape);
        case Shape::Kind::any:
            break;
    }
    return junk();
}

Json ConfigurationGenerator::integer_of(const Shape& shape) {
    const auto span = static_cast<std::size_t>(shape.most - shape.least) + 1;
    std::int64_t value = shape.least + static_cast<std::int64_t>(below(span));
    if (one_in(5)) value = shape.least;
    if (one_in(5)) value = shape.most;
    if (one_in(10)) return static_cast<double>(value);  // 7.0 is a whole number too
    return value;
}

Json ConfigurationGenerator::text_of(const TextRule& rule) {
    const auto& texts = right_texts(rule);
    return texts[below(texts.size())];
}

Json ConfigurationGenerator::object_of(const Shape& shape) {
    auto object = Json::object();
    for (const auto& key : shape.keys) {
        if (!key.only_when && one_in(3)) object[std::string(key.name)] = value_of(key.shape);
    }
    return object;
}

Json ConfigurationGenerator::map_of(const Shape& shape) {
    auto map = Json::object();
    for (auto count = below(4); count > 0; --count) {
        const std::string name = shape.text->pattern.empty() ? "name " + std::to_string(count)
                                                             : text_of(*shape.text).get<std::string>();
        map[name] = value_of(shape.values.front());
    }
    return map;
}

Json ConfigurationGenerator::junk() {
    static const std::vector<Json> values{nullptr, true,      false, 0,   1.5,           -1,
                                          1e300,   "",        "x",   "0", Json::array(), Json::object(),
                                          {"x"},   {{"x", 1}}};
    return values[below(values.size())];
}

void ConfigurationGenerator::settle_attestation(Json& configuration) {
    static const Shape path = text(text_rules::path);
    auto& attestation = configuration["attestation"];
    if (!attestation.is_object()) attestation = Json::object();
    const auto type = attestation.value("type", "tpm");
    if (type == "x509") {
        attestation["certificate"] = value_of(path);
        attestation["privateKey"] = value_of(path);
    } else if (type == "symmetricKey") {
        attestation["keyFile"] = value_of(path);
        if (one_in(2)) attestation["group"] = one_in(2);
        configuration["registrationId"] = text_of(text_rules::registration_id);
    }
    if (configuration.value("dpsEnabled", true) && configuration.value("connectionString", "").empty()) {
        configuration["dpsScopeId"] = text_of(text_rules::scope_id);
    }
}

void ConfigurationGenerator::settle_identities(Json& configuration) {
    std::vector<int> slots(static_cast<std::size_t>(last_slot) + 1);
    for (std::size_t i = 0; i < slots.size(); ++i)
        std::swap(slots[i] = static_cast<int>(i), slots[below(i + 1)]);
    configuration["deviceSlotNumber"] = slots[0];
    configuration["dmModuleSlotNumber"] = slots[1];
    configuration["dmModuleId"] = "the-agent";
    if (!configuration.contains("otherModuleIds")) return;
    auto applications = Json::object();
    std::size_t next = 2;
    for (auto& [name, slot] : configuration["otherModuleIds"].items()) {
        slot = slots[next++];
        if (one_in(2)) continue;
        auto& application = applications[name];
        application = object_of(find_key(specification(), "applications")->shape.values.front());
        for (const char* only_for_device : {"certificate", "privateKey"})
            application.erase(only_for_device);
    }
    if (one_in(2)) {
        auto& application = applications["$device"];
        application = {{"users", {"appa"}}};
        if (configuration["attestation"].value("type", "tpm") == "x509")
            application.update({{"certificate", "device.pem"}, {"privateKey", "device.key"}});
    }
    configuration["applications"] = applications;
}

void ConfigurationGenerator::settle_rules_across_keys(Json& configuration) {
    if (!configuration.contains("otherModuleIds")) configuration.erase("applications");
    configuration.erase("sasRenewalGracePeriod");
    if (configuration.value("sasExpiryInterval", 86400.0) <= 3600) configuration["sasRenewalGracePeriod"] = 0;
    if (configuration["attestation"].value("type", "tpm") == "tpm") configuration.erase("identityStore");
}

}  // namespace device_agent::config
