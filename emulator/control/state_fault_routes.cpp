// SPDX-License-Identifier: Apache-2.0
// One call for each thing that a back end does to a device behind its back: an enrollment is disabled or
// moved to another hub; a device or a module is disabled, deleted, given other keys, or authenticates in
// another way.
#include "emulator/control/api.hpp"
#include "emulator/control/refusal.hpp"
#include "emulator/dps/enrollment_store.hpp"
#include "emulator/dps/registration_store.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/refusal.hpp"
#include "emulator/hub/registry.hpp"
#include "emulator/unique_id.hpp"

#include <algorithm>

namespace emulator::control {
namespace {

using http::Call;
using http::Response;
using store::Transaction;

// Runs `work` in a transaction of its own. What the hub says no to is not there.
template <typename Work>
Response change(const Services& services, Work work) {
    auto transaction = services.database.begin();
    try {
        work(transaction);
    } catch (const hub::Refusal& refusal) {
        throw Refusal(404, refusal.what());
    }
    transaction.commit();
    return {.status = 204};
}

dps::Enrollment enrollment_of(Transaction& transaction, const Call& call) {
    auto enrollment =
        dps::find_enrollment(transaction, dps::EnrollmentKind::individual, call.parameter("registrationId"));
    if (!enrollment) throw Refusal(404, "there is no such enrollment");
    return std::move(*enrollment);
}

Response set_enabled(const Call& call, const Services& services, bool enabled) {
    return change(services, [&](Transaction& transaction) {
        auto enrollment = enrollment_of(transaction, call);
        enrollment.enabled = enabled;
        static_cast<void>(dps::save_enrollment(transaction, std::move(enrollment), services.clock.now()));
    });
}

// The service would remove the device from its old hub when it registers the next time; here it goes at once.
Response move(const Call& call, const Services& services) {
    const auto body = http::parse_json(call.request.body);
    const auto& hubs = services.instance.hubs;
    const auto hub = body.is_object() ? http::text_member(body, "hub") : std::nullopt;
    if (!hub || std::find(hubs.begin(), hubs.end(), *hub) == hubs.end())
        throw FormatError(R"(the body is {"hub": NAME}, with one of the hubs)");
    return change(services, [&](Transaction& transaction) {
        auto enrollment = enrollment_of(transaction, call);
        const auto registration = dps::find_registration(transaction, enrollment.id);
        if (registration && !enrollment.reprovision_policy.update_hub_assignment) {
            throw Refusal(409, "the enrollment's reprovisionPolicy keeps the device at its hub");
        }
        enrollment.hub = hub;
        enrollment.hubs.clear();
        static_cast<void>(dps::save_enrollment(transaction, std::move(enrollment), services.clock.now()));
        if (!registration || registration->hub == *hub) return;
        const hub::IdentityId device{registration->hub, registration->device_id};
        if (hub::find_identity(transaction, device))
            services.hub.registry.remove(transaction, device, std::nullopt);
    });
}

hub::IdentityId identity_of(const Call& call) {
    const auto module = call.parameters.find("moduleId");
    return {call.parameter("hub"), call.parameter("deviceId"),
            module == call.parameters.end() ? std::string() : module->second};
}

Response update(const Call& call, const Services& services, const hub::IdentityChange& wanted) {
    return change(services, [&](Transaction& transaction) {
        static_cast<void>(services.hub.registry.update(transaction, identity_of(call), wanted, "*"));
    });
}

Response remove(const Call& call, const Services& services) {
    return change(services, [&](Transaction& transaction) {
        services.hub.registry.remove(transaction, identity_of(call), std::nullopt);
    });
}

Response regenerate_keys(const Call& call, const Services& services) {
    hub::Authentication authentication;
    authentication.primary_key = device_agent::SecretText(new_base64_key());
    authentication.secondary_key = device_agent::SecretText(new_base64_key());
    return update(call, services, {.authentication = std::move(authentication)});
}

// {"type": "selfSigned"}, as in the registry.
Response set_authentication(const Call& call, const Services& services) {
    const auto body = http::parse_json(call.request.body);
    if (!body.is_object() || !body.contains("type"))
        throw FormatError(R"(the body is {"type": "sas" | "selfSigned" | "certificateAuthority" | "none"})");
    return update(call, services,
                  hub::parse_identity_change(nlohmann::json{{"authentication", body}}, identity_of(call)));
}

}  // namespace

void add_state_fault_routes(http::Router& router, const Services& services) {
    const std::string enrollment = "/_emulator/enrollments/{registrationId}";
    router.add("POST", enrollment + "/disable",
               [&](Call& call) { return set_enabled(call, services, false); });
    router.add("POST", enrollment + "/enable", [&](Call& call) { return set_enabled(call, services, true); });
    router.add("POST", enrollment + "/move", [&](Call& call) { return move(call, services); });

    const std::string device = "/_emulator/hubs/{hub}/devices/{deviceId}";
    router.add("POST", device + "/disable",
               [&](Call& call) { return update(call, services, {.enabled = false}); });
    router.add("POST", device + "/enable",
               [&](Call& call) { return update(call, services, {.enabled = true}); });
    for (const auto& identity : {device, device + "/modules/{moduleId}"}) {
        router.add("DELETE", identity, [&](Call& call) { return remove(call, services); });
        router.add("POST", identity + "/regenerateKeys",
                   [&](Call& call) { return regenerate_keys(call, services); });
        router.add("POST", identity + "/authentication",
                   [&](Call& call) { return set_authentication(call, services); });
    }
}

}  // namespace emulator::control
