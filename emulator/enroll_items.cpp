// SPDX-License-Identifier: Apache-2.0
#include "emulator/enroll_items.hpp"

#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/error.hpp"

namespace emulator {
namespace {

using device_agent::Error;
using device_agent::ErrorCode;

nlohmann::json parse_items(const std::string& text) {
    nlohmann::json items;
    try {
        items = http::parse_json(text);
    } catch (const FormatError& error) {
        throw Error(
            ErrorCode::internal,
            std::string(
                "standard input is not the output of \"device-agent enrollment-info --format json\": ") +
                error.what());
    }
    if (items.is_object()) items = nlohmann::json::array({items});
    if (!items.is_array() || items.empty()) {
        throw Error(
            ErrorCode::internal,
            "standard input has no enrollment: give it the output of \"device-agent enrollment-info --format "
            "json\"");
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!items[i].is_object()) {
            throw Error(ErrorCode::internal,
                        "element " + std::to_string(i + 1) + " of standard input is not an object");
        }
    }
    return items;
}

// The short form of an attestation, as people write it: its type, and the certificate beside it.
void expand_attestation(nlohmann::json& item) {
    const auto short_form = item.find("attestation");
    if (short_form == item.end() || !short_form->is_string()) return;
    nlohmann::json attestation{{"type", *short_form}};
    if (*short_form == "x509" && item.contains("certificate")) {
        attestation["x509"]["clientCertificates"]["primary"]["certificate"] = item["certificate"];
        item.erase("certificate");
    } else if (*short_form == "tpm" && item.contains("endorsementKey")) {
        attestation["tpm"]["endorsementKey"] = item["endorsementKey"];
        item.erase("endorsementKey");
    }
    item["attestation"] = std::move(attestation);
}

std::string type_of(const nlohmann::json& item) {
    const auto attestation = item.find("attestation");
    if (attestation == item.end() || !attestation->is_object()) return {};
    const auto type = attestation->find("type");
    return type != attestation->end() && type->is_string() ? type->get<std::string>() : std::string();
}

std::string content_of(const std::filesystem::path& file) {
    auto text = device_agent::read_file(file);
    if (!text) throw Error(ErrorCode::usage, "there is no file " + file.string());
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r' || text->back() == ' '))
        text->pop_back();
    return std::move(*text);
}

[[noreturn]] void misused(const std::string& what) {
    throw Error(ErrorCode::usage, what);
}

void check_devices(const nlohmann::json& items, const EnrollOptions& options) {
    const std::string wanted = options.ca_file ? "x509" : "symmetricKey";
    for (auto item : items) {
        expand_attestation(item);
        const auto type = type_of(item);
        if (type == "tpm") misused("a TPM is enrolled individually: leave --group out");
        if (type == "x509" && !options.ca_file)
            misused("a group of devices with certificates needs --ca-file: the authority that signs them");
        if (type != wanted) misused("standard input has a device that does not attest by " + wanted);
    }
}

}  // namespace

nlohmann::json individual_items(const EnrollOptions& options, const std::string& enrollment_info) {
    if (options.ca_file) misused("--ca-file is for a group: give --group its name");
    auto items = parse_items(enrollment_info);
    if (options.device_id && items.size() > 1) {
        misused("--device-id is for one enrollment, and standard input has " + std::to_string(items.size()));
    }
    if (options.key_file && items.size() > 1) {
        misused("--key-file is for one enrollment, and standard input has " + std::to_string(items.size()));
    }
    for (auto& item : items) {
        expand_attestation(item);
        if (options.device_id) item["deviceId"] = *options.device_id;
        if (options.hub) item["iotHubHostName"] = *options.hub;
        if (!options.key_file) continue;
        if (type_of(item) != "symmetricKey")
            misused("--key-file is for a device that attests by symmetric key");
        item["attestation"]["symmetricKey"]["primaryKey"] = content_of(*options.key_file);
    }
    return items;
}

nlohmann::json group_items(const EnrollOptions& options, const std::string& enrollment_info) {
    if (options.device_id) misused("--device-id is for one device, not for a group");
    if (options.ca_file && options.key_file) misused("a group has either --ca-file or --key-file");
    const bool has_input = enrollment_info.find_first_not_of(" \t\r\n") != std::string::npos;
    if (has_input) check_devices(parse_items(enrollment_info), options);
    nlohmann::json item{{"enrollmentGroupId", *options.group}};
    if (options.hub) item["iotHubHostName"] = *options.hub;
    auto& attestation = item["attestation"];
    if (options.ca_file) {
        attestation["type"] = "x509";
        attestation["x509"]["signingCertificates"]["primary"]["certificate"] = content_of(*options.ca_file);
    } else {
        attestation["type"] = "symmetricKey";
        if (options.key_file) attestation["symmetricKey"]["primaryKey"] = content_of(*options.key_file);
    }
    return nlohmann::json::array({item});
}

}  // namespace emulator
