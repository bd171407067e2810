// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/fake_cloud.hpp"

#include "foundation/digest.hpp"
#include "foundation/encoding.hpp"
#include "tests/fakes/fake_key_blob.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace device_agent::fakes {
namespace {

using Json = nlohmann::json;

const SecretBytes challenge_key(32, 0xC0);

cloud::HttpResponse reply(int status, const Json& body) {
    return {status, std::chrono::seconds{1}, SecretText(body.dump())};
}
cloud::HttpResponse refusal(int status, const std::string& code) {
    return reply(status, {{"Message", "ErrorCode:" + code + ";"}});
}

std::string parameter(std::string_view token, const std::string& name) {
    const auto at = token.find(name + "=");
    if (at == std::string_view::npos) return {};
    const auto begin = at + name.size() + 1;
    return std::string(token.substr(begin, token.find('&', begin) - begin));
}

bool signed_by(const SecretBytes& key, const SecretText& authorization, const std::string& resource) {
    const auto token = authorization.view();
    const auto text = parameter(token, "sr") + "\n" + parameter(token, "se");
    return parameter(token, "sr") == percent_encode(resource) &&
           parameter(token, "sig") == percent_encode(base64_encode(hmac_sha256(key, as_bytes(text))));
}

Json as_json(const std::string& id, const FakeCloud::Module& module) {
    Json authentication{{"type", module.authentication}};
    if (module.authentication == "sas") {
        authentication["symmetricKey"] = {{"primaryKey", base64_encode(module.primary_key)},
                                          {"secondaryKey", base64_encode(module.secondary_key)}};
        if (module.malformed_keys) authentication["symmetricKey"]["primaryKey"] = "no base64!";
    }
    return {{"moduleId", id}, {"generationId", module.generation}, {"authentication", authentication}};
}

}  // namespace

class FakeCloud::Connection final : public cloud::HttpClient {
public:
    explicit Connection(FakeCloud& cloud) : cloud_(cloud) {}
    cloud::HttpResponse send(const cloud::HttpRequest& request, const std::stop_token& /*stop*/) override {
        return cloud_.answer(request);
    }

private:
    FakeCloud& cloud_;
};

std::unique_ptr<cloud::HttpClient> FakeCloud::connect() {
    ++connections;
    return std::make_unique<Connection>(*this);
}

FakeCloud::Module& FakeCloud::create(const std::string& hub, const std::string& module) {
    return hubs[hub]
        .modules.insert_or_assign(module, Module{std::to_string(++last_generation_), new_key(), new_key()})
        .first->second;
}

cloud::HttpResponse FakeCloud::answer(const cloud::HttpRequest& request) {
    const auto name = request.host.substr(0, request.host.find(':'));
    if (name.starts_with("hub")) return answer_as_hub(name, request);
    return answer_as_dps(request);
}

cloud::HttpResponse FakeCloud::answer_as_dps(const cloud::HttpRequest& request) {
    if (request.method == "GET") {
        Json state{{"assignedHub", assigned_hub}, {"deviceId", device}};
        if (enrolled_by_tpm) {
            const auto& key = hubs[assigned_hub].device_key.value();
            state["tpm"] = {{"authenticationKey", base64_encode(fake_key_blob(key))}};
        }
        return reply(200, {{"status", "assigned"}, {"operationId", "op"}, {"registrationState", state}});
    }
    if (request.authorization.empty()) {
        journal_(request.host + " register");
        registration = request.body;
        if (!enrolled) return reply(404, {{"errorCode", 404201}, {"message", "Not found"}});
        return reply(401, {{"authenticationKey", base64_encode(fake_key_blob(challenge_key))}});
    }
    const auto path = request.path.substr(1, request.path.find("/register?") - 1);
    if (!signed_by(challenge_key, request.authorization, path)) {
        return reply(401, {{"errorCode", 401002}, {"message", "Unauthorized"}});
    }
    // An enrollment that names another hub takes the device along.
    for (auto& [name, hub] : hubs) {
        if (name != assigned_hub) hub = {};
    }
    auto& key = hubs[assigned_hub].device_key;
    if (!key) key = new_key();
    return reply(202, {{"status", "assigning"}, {"operationId", "op"}});
}

cloud::HttpResponse FakeCloud::answer_as_hub(const std::string& name, const cloud::HttpRequest& request) {
    const auto path = request.path.substr(0, request.path.find('?'));
    const std::string modules_path = "/devices/" + device + "/modules";
    if (!path.starts_with(modules_path)) throw std::logic_error("unexpected request: " + path);
    const auto id = path == modules_path ? std::string() : path.substr(modules_path.size() + 1);
    const std::string what = id.empty() ? "list" : (request.method == "PUT" ? "create " : "delete ") + id;
    journal_(name + " " + what);

    auto& hub = hubs[name];
    const bool accepted = knows_assigned && hub.device_key &&
                          signed_by(*hub.device_key, request.authorization, name + "/devices/" + device);
    if (!accepted) return refusal(401, "IotHubUnauthorizedAccess");
    hub_authority = request.host;
    token_expires = std::stoll(parameter(request.authorization.view(), "se"));

    if (id.empty()) {
        auto list = Json::array();
        for (const auto& [module_id, module] : hub.modules)
            list.push_back(as_json(module_id, module));
        return reply(200, list);
    }
    if (request.method == "DELETE") {
        return hub.modules.erase(id) == 1 ? reply(204, nullptr) : refusal(404, "ModuleNotFound");
    }
    if (hub.refused.contains(id)) return refusal(400, "ArgumentInvalid");
    if (hub.modules.contains(id)) return refusal(409, "ModuleAlreadyExistsOnDevice");
    return reply(200, as_json(id, create(name, id)));
}

}  // namespace device_agent::fakes
