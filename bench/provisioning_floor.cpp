// SPDX-License-Identifier: Apache-2.0
// The floor under `device-agent provision`: the TPM commands, the requests and the durable writes that a
// first provisioning of a blank TPM cannot do without, one after the other (docs/benchmarks.md lists them).
// It looks at nothing, plans nothing, checks nothing and recovers from nothing.
//
// provisioning_floor TCTI DPS SCOPE REGISTRATION-ID HUB CA-FILE STATE-FOLDER MODULES, where DPS and HUB are
// host:port.
#include "attestation/dps_key_blob.hpp"
#include "bench/bare_https.hpp"
#include "bench/bare_tpm.hpp"
#include "cloud/sas_token.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/encoding.hpp"
#include "tpm/slot_layout.hpp"
#include "tpm/structures.hpp"

#include <nlohmann/json.hpp>

#include <iostream>

namespace {

using namespace device_agent;
using Json = nlohmann::json;

struct Arguments {
    std::string tcti, dps, scope, registration_id, hub, ca_file;
    std::filesystem::path state;
    unsigned modules;
};

struct Content {
    std::string text;
    bench::Wrapped key;
};

std::string token(bench::BareTpm& tpm, const bench::Wrapped& key, const std::string& resource,
                  const char* key_name) {
    const auto expires =
        std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now()) +
        std::chrono::hours(1);
    const auto made = cloud::make_sas_token(resource, expires, key_name,
                                            [&](ByteView data) { return tpm.hmac(key, data); });
    return std::string(made.text.view());
}

bench::Wrapped import_from(bench::BareTpm& tpm, const std::string& base64) {
    return tpm.import_key(attestation::parse_dps_key_blob(base64_decode(base64).value()));
}

// The agent's file of a slot is as long, and its folder is synchronised as often.
void write(const std::filesystem::path& path, const Content& content) {
    const Json json{{"identity", content.text},
                    {"public", base64_encode(tpm::marshal(content.key.public_area))},
                    {"private", base64_encode(tpm::marshal(content.key.private_area))}};
    write_durably(path, json.dump());
}

// As the agent does before each of its two steps.
void try_the_folder(const std::filesystem::path& folder) {
    write_durably(folder / "probe", std::string(4096, '\0'));
    remove_durably(folder / "probe");
}

void provision(const Arguments& arguments) {
    bench::BareTpm tpm(arguments.tcti);
    const auto slot_file = [&](unsigned slot) { return arguments.state / ("slot-" + std::to_string(slot)); };
    const auto staged_file = [&](unsigned slot) { return slot_file(slot).concat(".next"); };
    std::filesystem::create_directories(arguments.state);

    const Json evidence{{"registrationId", arguments.registration_id},
                        {"tpm",
                         {{"endorsementKey", base64_encode(tpm.make_endorsement_key())},
                          {"storageRootKey", base64_encode(tpm.make_storage_root_key())}}}};

    const std::string resource = arguments.scope + "/registrations/" + arguments.registration_id;
    const std::string path = "/" + resource;
    const std::string dps_version = "?api-version=2021-06-01";
    bench::BareHttps dps("https://" + arguments.dps, arguments.ca_file);
    const auto challenge =
        Json::parse(dps.send("PUT", path + "/register" + dps_version, "", evidence.dump(), 401));
    try_the_folder(arguments.state);
    const auto challenge_key = import_from(tpm, challenge.at("authenticationKey"));
    const auto dps_token = token(tpm, challenge_key, resource, "registration");
    const auto operation =
        Json::parse(dps.send("PUT", path + "/register" + dps_version, dps_token, evidence.dump(), 202));
    const std::string operation_id = operation.at("operationId");
    const auto assigned =
        Json::parse(dps.send("GET", path + "/operations/" + operation_id + dps_version, dps_token, "", 200));
    const auto& state = assigned.at("registrationState");
    const std::string hub_name = state.at("assignedHub");
    const std::string device = state.at("deviceId");

    std::vector<Content> contents;
    contents.push_back({hub_name + "/" + device, import_from(tpm, state.at("tpm").at("authenticationKey"))});
    write(staged_file(0), contents.front());

    try_the_folder(arguments.state);
    bench::BareHttps hub("https://" + arguments.hub, arguments.ca_file);
    const auto hub_token = token(tpm, contents.front().key, hub_name + "/devices/" + device, "");
    const std::string modules = "/devices/" + device + "/modules";
    const std::string hub_version = "?api-version=2021-04-12";
    static_cast<void>(hub.send("GET", modules + hub_version, hub_token, "", 200));
    std::vector<SecretBytes> keys;
    for (unsigned number = 1; number <= arguments.modules; ++number) {
        const std::string id = "App" + std::to_string(number);
        const Json body{{"deviceId", device}, {"moduleId", id}, {"authentication", {{"type", "sas"}}}};
        std::string path_of_one = modules;
        path_of_one.append("/").append(id).append(hub_version);
        const auto module = Json::parse(hub.send("PUT", path_of_one, hub_token, body.dump(), 200));
        const std::string key = module.at("authentication").at("symmetricKey").at("primaryKey");
        keys.push_back(base64_decode_secret(key).value());
    }

    if (!keys.empty()) {
        write_durably(arguments.state / "record.json", assigned.dump());
        const auto probe = as_bytes("device-agent: is this the key?");
        tpm.start_session();
        for (std::size_t i = 0; i < keys.size(); ++i)
            contents.push_back({contents.front().text + "/App" + std::to_string(i + 1), tpm.create(keys[i])});
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (tpm.hmac(contents[i + 1].key, probe) != hmac_sha256(keys[i], probe))
                throw std::runtime_error("another key");
        }
        tpm.end_session();
        for (unsigned slot = 1; slot < contents.size(); ++slot)
            write(staged_file(slot), contents[slot]);
    }

    const tpm::SlotLayout layout;
    for (unsigned slot = 0; slot < contents.size(); ++slot) {
        if (layout.is_persistent(slot)) {
            tpm.fill_slot(slot, contents[slot].text, contents[slot].key);
            remove_durably(staged_file(slot));
        } else {
            rename_durably(staged_file(slot), slot_file(slot));
        }
    }
    write_durably(arguments.state / "record.json", assigned.dump());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 9) {
        std::cerr
            << "usage: provisioning_floor TCTI DPS SCOPE REGISTRATION-ID HUB CA-FILE STATE-FOLDER MODULES\n";
        return 2;
    }
    try {
        provision({argv[1], argv[2], argv[3], argv[4], argv[5], argv[6], argv[7],
                   static_cast<unsigned>(std::stoul(argv[8]))});
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "provisioning_floor: " << error.what() << "\n";
        return 1;
    }
}
