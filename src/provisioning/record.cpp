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

// Throws nlohmann's exceptions on a wrong shape.
Record parse(const std::string& text) {
    const auto json = Json::parse(text);
    if (json.at("version") != format_version) throw Error(ErrorCode::state, "its version is not 1");
    Record record;
    record.machine = json.at("machine");
    if (const auto binding = json.find("binding"); binding != json.end()) {
        record.binding = Binding{binding->at("dpsUri"), binding->at("idScope"), binding->at("registrationId"),
                                 binding->at("attestation")};
    }
    record.created_modules = json.at("createdModules").get<std::map<std::string, std::string>>();
    return record;
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
    if (record.binding) {
        json["binding"] = {{"dpsUri", record.binding->endpoint},
                           {"idScope", record.binding->id_scope},
                           {"registrationId", record.binding->registration_id},
                           {"attestation", record.binding->attestation}};
    }
    write_durably(record_path(state_directory), json.dump(2) + "\n");
}

}  // namespace device_agent::provisioning
