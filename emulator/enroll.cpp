// SPDX-License-Identifier: Apache-2.0
#include "emulator/enroll.hpp"

#include "emulator/enroll_items.hpp"
#include "emulator/http/client.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/instance/description.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/encoding.hpp"
#include "foundation/error.hpp"

namespace emulator {
namespace {

using device_agent::Error;
using device_agent::ErrorCode;

instance::Description description_of(const std::filesystem::path& folder) {
    auto description = instance::read_description(folder);
    if (description) return std::move(*description);
    throw Error(ErrorCode::network, "no emulator has been started on " + folder.string() +
                                        ": start one with \"iot-emulator run --data " + folder.string() +
                                        "\"");
}

std::string message_of(const http::Response& response) {
    try {
        return http::parse_json(response.body).at("message").get<std::string>();
    } catch (const std::exception&) {
        return "status " + std::to_string(response.status);
    }
}

nlohmann::json ask(const instance::Description& description, const char* method, const std::string& path,
                   const std::string& body) {
    http::Response response;
    try {
        response = http::send(
            {.host = "localhost", .port = description.https_port, .ca_file = description.ca_file}, method,
            "/_emulator/" + path,
            {{"Authorization", "Bearer " + description.control_token}, {"Content-Type", "application/json"}},
            body);
    } catch (const Error& error) {
        throw Error(error.code(), std::string(error.what()) + " (is the emulator running?)");
    }
    if (response.status != 200) {
        throw Error(ErrorCode::refused, "the emulator did not take the enrollment: " + message_of(response));
    }
    return http::parse_json(response.body);
}

// The key is the device's to have: it is put where whoever sets the device up finds it.
std::string write_key_file(const EnrollOptions& options, const instance::Description& description,
                           const std::string& collection, const std::string& id) {
    const auto mechanism =
        ask(description, "GET", collection + "/" + device_agent::percent_encode(id) + "/attestationmechanism",
            "");
    const auto folder = std::filesystem::absolute(options.data) / "keys";
    std::filesystem::create_directories(folder);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
    const auto file = folder / (id + ".key");
    device_agent::write_durably(file,
                                mechanism.at("symmetricKey").at("primaryKey").get<std::string>() + "\n");
    return file.string();
}

}  // namespace

nlohmann::json enroll(const EnrollOptions& options, const std::string& enrollment_info) {
    const auto items =
        options.group ? group_items(options, enrollment_info) : individual_items(options, enrollment_info);
    const std::string collection = options.group ? "enrollmentGroups" : "enrollments";
    const auto description = description_of(options.data);
    auto saved = ask(description, "POST", collection, items.dump()).at(collection);
    for (auto& item : saved) {
        if (options.key_file || item.at("attestation").at("type") != "symmetricKey") continue;
        const std::string id = item.at(options.group ? "enrollmentGroupId" : "registrationId");
        item["keyFile"] = write_key_file(options, description, collection, id);
    }
    return saved;
}

}  // namespace emulator
