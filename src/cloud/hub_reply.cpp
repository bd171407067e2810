// SPDX-License-Identifier: Apache-2.0
#include "cloud/hub_reply.hpp"

#include "cloud/answer.hpp"
#include "cloud/printable.hpp"
#include "foundation/encoding.hpp"

#include <nlohmann/json.hpp>

namespace device_agent::cloud {
namespace {

using Json = nlohmann::json;

// Discarded when it is no JSON that could be an answer.
Json parse(std::string_view body) {
    return is_nested_too_deeply(body) ? Json(Json::value_t::discarded) : Json::parse(body, nullptr, false);
}

[[noreturn]] void not_understood(const std::string& what) {
    throw NotUnderstood("the answer of the hub cannot be understood: " + what);
}

const std::string& text_of(const Json& object, const char* name) {
    const auto member = object.find(name);
    if (member == object.end() || !member->is_string())
        not_understood(std::string("a module has no text ") + name);
    return member->get_ref<const std::string&>();
}

SecretBytes key_of(const Json& authentication, const char* which, const std::string& module) {
    const auto keys = authentication.find("symmetricKey");
    if (keys == authentication.end() || !keys->is_object())
        not_understood("module '" + printable(module) + "' has no symmetricKey");
    auto key = base64_decode_secret(text_of(*keys, which));
    if (!key || key->empty() || key->size() > 64) {
        not_understood("the primary key of module '" + printable(module) +
                       "' is not base64 of 1 to 64 bytes");
    }
    return std::move(*key);
}

Module module_of(const Json& json) {
    if (!json.is_object()) not_understood("a module is not a JSON object");
    Module module;
    module.id = text_of(json, "moduleId");
    module.generation_id = text_of(json, "generationId");
    const auto authentication = json.find("authentication");
    if (authentication == json.end() || !authentication->is_object()) {
        not_understood("module '" + printable(module.id) + "' has no authentication");
    }
    module.authentication = text_of(*authentication, "type");
    if (module.authentication == "sas") {
        module.primary_key = key_of(*authentication, "primaryKey", module.id);
        module.secondary_key = key_of(*authentication, "secondaryKey", module.id);
    }
    return module;
}

// One module that cannot be understood is no reason to give up the others of the list.
Module listed_module_of(const Json& json) {
    if (!json.is_object()) not_understood("a module is not a JSON object");
    auto id = text_of(json, "moduleId");
    try {
        return module_of(json);
    } catch (const NotUnderstood& error) {
        Module module;
        module.id = std::move(id);
        module.defect = error.what();
        return module;
    }
}

}  // namespace

Module parse_module(std::string_view body) {
    return module_of(parse(body));
}

std::vector<Module> parse_modules(std::string_view body) {
    const auto json = parse(body);
    if (!json.is_array()) not_understood("the list of modules is not a JSON array");
    std::vector<Module> modules;
    for (const auto& entry : json)
        modules.push_back(listed_module_of(entry));
    return modules;
}

std::string describe_hub_error(std::string_view body) {
    const auto json = parse(body);
    if (!json.is_object()) return printable(body);
    const auto message = json.find("Message");
    if (message == json.end() || !message->is_string()) return printable(body);
    // "ErrorCode:DeviceNotFound;…"
    std::string_view text = message->get_ref<const std::string&>();
    constexpr std::string_view prefix = "ErrorCode:";
    if (text.starts_with(prefix)) text = text.substr(prefix.size(), text.find(';') - prefix.size());
    return printable(text);
}

}  // namespace device_agent::cloud
