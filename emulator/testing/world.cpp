// SPDX-License-Identifier: Apache-2.0
#include "emulator/testing/world.hpp"

#include "emulator/instance/instance_file.hpp"
#include "emulator/testing/sign.hpp"

#include <stdexcept>

namespace emulator::testing {
namespace {

http::Response require(int status, http::Response response) {
    if (response.status != status) {
        throw std::runtime_error("status " + std::to_string(response.status) + ": " + response.body + " (" +
                                 response.refusal + ")");
    }
    return response;
}

}  // namespace

nlohmann::json json_of(const http::Response& response) {
    return nlohmann::json::parse(response.body);
}

World::World()
    : instance(instance::new_instance({"localhost", "127.0.0.1"})),
      emulator(std::make_unique<Emulator>(store::Database::in_memory(), instance, clock)),
      connection_(emulator->record().opened("test")) {}

http::Response World::send(const std::string& method, const std::string& target, http::Headers headers,
                           const std::string& body, const std::string& host) {
    http::Request request{.method = method, .target = http::parse_target(target), .host = host};
    request.headers = std::move(headers);
    if (!request.headers.find("Content-Type"))
        request.headers.add("Content-Type", "application/json; charset=utf-8");
    if (!request.headers.find("Host")) request.headers.add("Host", host);
    request.body = body;
    request.client_certificates = client_certificates;
    return emulator->handle(request, connection_);
}

std::string World::policy_token(const std::string& policy, const std::string& hub) const {
    return sign_base64(hub, instance.hub_policies.at(hub).at(policy).view(), in_an_hour(), policy);
}

std::string World::dps_token() const {
    constexpr auto policy = "provisioningserviceowner";
    return sign_base64("localhost", instance.dps_policies.at(policy).view(), in_an_hour(), policy);
}

nlohmann::json World::put_device(const std::string& device, const std::string& hub,
                                 const nlohmann::json& body) {
    return json_of(
        require(200, send("PUT", "/devices/" + device, {{"Authorization", policy_token("iothubowner", hub)}},
                          body.dump(), hub)));
}

nlohmann::json World::put_module(const std::string& device, const std::string& module,
                                 const std::string& hub) {
    return json_of(require(200, send("PUT", "/devices/" + device + "/modules/" + module,
                                     {{"Authorization", policy_token("iothubowner", hub)}}, "{}", hub)));
}

bool World::has(const std::string& identity_path, const std::string& hub) {
    return send("GET", identity_path, {{"Authorization", policy_token("iothubowner", hub)}}, "", hub)
               .status == 200;
}

nlohmann::json World::enroll(const std::string& id, const SoftwareTpm& tpm, const nlohmann::json& more) {
    const auto key = device_agent::base64_encode(tpm.endorsement_key());
    return enroll(id, nlohmann::json{{"type", "tpm"}, {"tpm", {{"endorsementKey", key}}}}, more);
}

nlohmann::json World::enroll_group(const std::string& id, const nlohmann::json& attestation,
                                   const nlohmann::json& more) {
    nlohmann::json body{{"enrollmentGroupId", id}, {"attestation", attestation}};
    body.update(more);
    return json_of(require(
        200, send("PUT", "/enrollmentGroups/" + device_agent::percent_encode(id) + "?api-version=2021-10-01",
                  {{"Authorization", dps_token()}}, body.dump())));
}

nlohmann::json World::enroll(const std::string& id, const nlohmann::json& attestation,
                             const nlohmann::json& more) {
    nlohmann::json body{{"registrationId", id}, {"attestation", attestation}};
    body.update(more);
    return json_of(require(
        200, send("PUT", "/enrollments/" + device_agent::percent_encode(id) + "?api-version=2021-10-01",
                  {{"Authorization", dps_token()}}, body.dump())));
}

http::Response World::control(const std::string& method, const std::string& path, const std::string& body) {
    return send(method, "/_emulator" + path, {{"Authorization", "Bearer " + instance.control_token}}, body);
}

nlohmann::json World::last_request() const {
    return emulator->record().requests(std::nullopt).back();
}

std::string TpmDevice::body(bool with_keys) const {
    nlohmann::json json{{"registrationId", registration_id_}};
    if (with_keys) {
        json["tpm"] = {{"endorsementKey", device_agent::base64_encode(tpm_.endorsement_key())},
                       {"storageRootKey", device_agent::base64_encode(tpm_.storage_root_key())}};
    }
    return json.dump();
}

std::string TpmDevice::path() const {
    return "/" + world_.instance.id_scope + "/registrations/" +
           device_agent::percent_encode(registration_id_);
}

std::string TpmDevice::resource() const {
    return world_.instance.id_scope + "/registrations/" + registration_id_;
}

http::Response TpmDevice::put(const std::string& token, const std::string& content) {
    http::Headers headers;
    if (!token.empty()) headers.add("Authorization", token);
    return world_.send("PUT", path() + "/register?api-version=2021-06-01", headers, content);
}

std::string TpmDevice::answer_challenge() {
    const auto challenge = json_of(require(401, put("", body())));
    const auto blob =
        device_agent::base64_decode(challenge.at("authenticationKey").get<std::string>()).value();
    return sign(resource(), tpm_.open(blob).key, world_.in_an_hour(),
                challenge.at("keyName").get<std::string>());
}

http::Response TpmDevice::poll(const std::string& token, const std::string& operation) {
    return world_.send("GET", path() + "/operations/" + operation + "?api-version=2021-06-01",
                       {{"Authorization", token}}, "{}");
}

TpmDevice::Assigned TpmDevice::register_device() {
    const auto token = answer_challenge();
    const auto accepted = require(202, put(token, body()));
    world_.clock.advance(
        std::chrono::seconds(std::stol(std::string(accepted.headers.find("Retry-After").value()))));
    const auto finished = json_of(require(200, poll(token, json_of(accepted).at("operationId"))));
    Assigned assigned{.state = finished.at("registrationState")};
    const auto text = assigned.state.at("tpm").at("authenticationKey").get<std::string>();
    auto opened = tpm_.open(device_agent::base64_decode(text).value());
    assigned.device_key = std::move(opened.key);
    assigned.uri = std::move(opened.uri);
    return assigned;
}

Device& Device::sign_with(std::string_view base64_key) {
    return send_token(sign_base64(resource(), base64_key, world_.in_an_hour(), "registration"));
}

Device& Device::send_token(std::string token) {
    token_ = std::move(token);
    return *this;
}

std::string Device::resource() const {
    return world_.instance.id_scope + "/registrations/" + registration_id_;
}

http::Response Device::send(const std::string& method, const std::string& path, const std::string& body) {
    http::Headers headers;
    if (!token_.empty()) headers.add("Authorization", token_);
    return world_.send(method,
                       "/" + world_.instance.id_scope + "/registrations/" +
                           device_agent::percent_encode(registration_id_) + path + "?api-version=2021-06-01",
                       headers, body);
}

http::Response Device::put(const nlohmann::json& more) {
    nlohmann::json body{{"registrationId", registration_id_}};
    body.update(more);
    return send("PUT", "/register", body.dump());
}

http::Response Device::poll(const std::string& operation) {
    return send("GET", "/operations/" + operation, "{}");
}

http::Response Device::status() {
    return send("POST", "", nlohmann::json{{"registrationId", registration_id_}}.dump());
}

nlohmann::json Device::register_device(const nlohmann::json& more) {
    const auto accepted = require(202, put(more));
    world_.clock.advance(
        std::chrono::seconds(std::stol(std::string(accepted.headers.find("Retry-After").value()))));
    return json_of(require(200, poll(json_of(accepted).at("operationId")))).at("registrationState");
}

}  // namespace emulator::testing
