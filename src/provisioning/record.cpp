// SPDX-License-Identifier: Apache-2.0
#include "provisioning/record.hpp"

#include "foundation/durable_file.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"

#include <nlohmann/json.hpp>

namespace device_agent::provisioning {
namespace {

using Json = nlohmann::json;

constexpr int format_version = 1;

std::filesystem::path record_path(const std::filesystem::path& state_directory) {
    return state_directory / "record.json";
}

// Throw nlohmann's exceptions on a wrong shape.
std::optional<Binding> binding_of(const Json& json, const char* name) {
    const auto binding = json.find(name);
    if (binding == json.end()) return std::nullopt;
    return Binding{binding->at("dpsUri"), binding->at("idScope"), binding->at("registrationId"),
                   binding->at("attestation")};
}

std::string device_of(const Json& json, const char* name) {
    const auto binding = json.find(name);
    return binding == json.end() ? std::string() : binding->value("device", "");
}

Record parse(const std::string& text) {
    const auto json = Json::parse(text);
    if (json.at("version") != format_version) throw Error(ErrorCode::state, "its version is not 1");
    Record record;
    record.machine = json.at("machine");
    record.binding = binding_of(json, "binding");
    record.staged_binding = binding_of(json, "stagedBinding");
    record.device = device_of(json, "binding");
    record.staged_device = device_of(json, "stagedBinding");
    record.created_modules = json.at("createdModules").get<std::map<std::string, std::string>>();
    return record;
}

Json as_json(const Binding& binding, const std::string& device) {
    Json json{{"dpsUri", binding.endpoint},
              {"idScope", binding.id_scope},
              {"registrationId", binding.registration_id},
              {"attestation", binding.attestation}};
    if (!device.empty()) json["device"] = device;
    return json;
}

}  // namespace

Record read_record(const std::filesystem::path& state_directory) {
    const auto path = record_path(state_directory);
    const auto text = read_file(path);
    if (!text) return {};
    try {
        return parse(*text);
    } catch (const std::exception& error) {
        log::warning("the record is damaged and is taken as absent",
                     {{"file", path.string()}, {"reason", error.what()}});
        return {};
    }
}

void write_record(const std::filesystem::path& state_directory, const Record& record) {
    Json json{
        {"version", format_version}, {"machine", record.machine}, {"createdModules", record.created_modules}};
    if (record.binding) json["binding"] = as_json(*record.binding, record.device);
    if (record.staged_binding) json["stagedBinding"] = as_json(*record.staged_binding, record.staged_device);
    write_durably(record_path(state_directory), json.dump(2) + "\n");
}

}  // namespace device_agent::provisioning
