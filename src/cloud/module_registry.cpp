// SPDX-License-Identifier: Apache-2.0
#include "cloud/module_registry.hpp"

#include "cloud/answer.hpp"
#include "cloud/retrying.hpp"
#include "foundation/encoding.hpp"
#include "foundation/error.hpp"

#include <nlohmann/json.hpp>

namespace device_agent::cloud {
namespace {

constexpr const char* api_version = "?api-version=2021-04-12";

std::string modules_path(const DeviceAddress& device) {
    return "/devices/" + percent_encode(device.device_id) + "/modules";
}

}  // namespace

ModuleRegistry::ModuleRegistry(HttpClient& http, DeviceAddress device, SecretText token)
    : http_(http), device_(std::move(device)), token_(std::move(token)) {}

std::vector<Module> ModuleRegistry::list(const CallContext& context) {
    const auto response = send("GET", modules_path(device_), {}, context);
    require_ok(response, "the list of modules of device '" + device_.device_id + "'");
    return parse_modules(response.body.view());
}

std::optional<Module> ModuleRegistry::create(const std::string& module_id, const CallContext& context) {
    const nlohmann::json body{
        {"deviceId", device_.device_id}, {"moduleId", module_id}, {"authentication", {{"type", "sas"}}}};
    const auto response = send("PUT", path_of(module_id), body.dump(), context);
    if (response.status == 409) return std::nullopt;
    require_ok(response, describe(module_id));
    return expected(response, module_id);
}

Module ModuleRegistry::get(const std::string& module_id, const CallContext& context) {
    const auto response = send("GET", path_of(module_id), {}, context);
    require_ok(response, describe(module_id));
    return expected(response, module_id);
}

Module ModuleRegistry::expected(const HttpResponse& response, const std::string& module_id) {
    auto module = parse_module(response.body.view());
    if (module.id != module_id)
        throw NotUnderstood("the hub answered with another module than '" + module_id + "'");
    return module;
}

std::string ModuleRegistry::path_of(const std::string& module_id) const {
    return modules_path(device_) + "/" + percent_encode(module_id);
}

std::string ModuleRegistry::describe(const std::string& module_id) const {
    return "module '" + module_id + "' of device '" + device_.device_id + "'";
}

void ModuleRegistry::remove(const std::string& module_id, const CallContext& context) {
    HttpRequest request = make_request("DELETE", path_of(module_id), {});
    request.headers.emplace_back("If-Match", "*");
    const auto response = send_with_retries(http_, request, context);
    if (response.status == 204 || describe_hub_error(response.body.view()) == "ModuleNotFound") return;
    require_ok(response, "to delete " + describe(module_id));
}

HttpResponse ModuleRegistry::send(const char* method, const std::string& path, std::string body,
                                  const CallContext& context) {
    return send_with_retries(http_, make_request(method, path, std::move(body)), context);
}

HttpRequest ModuleRegistry::make_request(const char* method, const std::string& path,
                                         std::string body) const {
    HttpRequest request{method, device_.hub,    path + api_version, {{"Accept", "application/json"}},
                        token_, std::move(body)};
    if (device_.port != 443) request.host += ":" + std::to_string(device_.port);
    if (!request.body.empty())
        request.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    return request;
}

void ModuleRegistry::require_ok(const HttpResponse& response, const std::string& action) const {
    if (response.status == 200) return;
    if (response.status < 400) {
        throw NotUnderstood("hub " + device_.hub + " answered " + describe_status(response.status) +
                            ", which is no answer of a hub: check what lies between");
    }
    const auto reason = describe_hub_error(response.body.view());
    const bool device_lost = response.status == 401 || response.status == 403 || response.status == 404;
    std::string remedy = "see the hub's error code";
    if (reason.find("TooManyModules") != std::string::npos) {
        remedy = "a hub allows 50 modules a device; delete the ones that are no longer needed";
    } else if (device_lost) {
        remedy = "the device may be deleted or disabled there, or may have moved to another hub";
    }
    throw Error(ErrorCode::refused,
                "hub " + device_.hub + " refused " + action + " (" + describe_status(response.status) + ", " +
                    reason + "): " + remedy,
                device_lost ? Retry::reprovision() : Retry::no());
}

}  // namespace device_agent::cloud
