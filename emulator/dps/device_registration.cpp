// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/device_registration.hpp"

#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "foundation/encoding.hpp"

namespace emulator::dps {
namespace {

device_agent::Bytes parse_key(const nlohmann::json& tpm, const char* name) {
    const auto text = http::text_member(tpm, name);
    if (!text) throw FormatError(std::string("tpm.") + name + " is missing");
    auto key = device_agent::base64_decode(*text);
    if (!key) throw FormatError(std::string("tpm.") + name + " is not base64");
    return std::move(*key);
}

}  // namespace

DeviceRegistration parse_device_registration(std::string_view body) {
    const auto json = http::parse_json(body);
    if (!json.is_object()) throw FormatError("the body is not a JSON object");
    DeviceRegistration registration;
    registration.registration_id = http::text_member(json, "registrationId");
    if (const auto* tpm = http::object_member(json, "tpm")) {
        registration.tpm = {parse_key(*tpm, "endorsementKey"), parse_key(*tpm, "storageRootKey")};
    }
    if (const auto payload = json.find("payload"); payload != json.end()) registration.payload = *payload;
    if (json.contains("csr")) throw FormatError("csr: the emulator issues no certificates");
    return registration;
}

}  // namespace emulator::dps
