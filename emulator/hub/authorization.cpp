// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/authorization.hpp"

#include "emulator/ascii.hpp"
#include "emulator/format_error.hpp"
#include "emulator/hub/certificate_admission.hpp"
#include "emulator/hub/refusal.hpp"

#include <algorithm>

namespace emulator::hub {
namespace {

bool has_token(const http::Request& request) {
    return !request.headers.find("Authorization").value_or("").empty();
}

sas::Token token_of(const http::Request& request) {
    if (!has_token(request)) throw unauthorized("there is no Authorization header");
    try {
        return sas::parse_token(request.headers.find("Authorization").value());
    } catch (const FormatError& error) {
        throw unauthorized(error.what());
    }
}

// Whether `resource` is a prefix of `of`, cut between segments: a token for a place covers all below it.
bool covers(std::string_view resource, std::string_view of) {
    return starts_ignoring_case(of, resource) && (of.size() == resource.size() || of[resource.size()] == '/');
}

std::string resource_of(const http::Request& request, const std::string& hub) {
    std::string resource = hub;
    for (const auto& segment : request.target.segments)
        resource += "/" + segment;
    return resource;
}

// A token may name a longer path than the identity's own: old clients append "/api-version=…". Below a device
// lie its modules, which are other identities.
bool names_identity(std::string_view resource, const IdentityId& id) {
    const auto own = id.resource();
    if (!covers(own, resource)) return false;
    return id.is_module() || !starts_ignoring_case(resource.substr(own.size()), "/modules/");
}

std::optional<std::string> reason_against_resource(const sas::Token& token, const IdentityId& id) {
    if (!token.policy.empty())
        return "the token is one of the policy " + token.policy + ", not of " + id.describe();
    if (names_identity(token.resource, id)) return std::nullopt;
    return "the token's resource is not " + id.resource();
}

}  // namespace

std::optional<std::string> reason_against(const sas::Token& token, const Identity& identity,
                                          const Identity& device, device_agent::WallTime now) {
    if (!device.enabled) return "device " + device.id.device + " is disabled";
    if (identity.authentication.type != AuthenticationType::sas) {
        return identity.id.describe() + " authenticates by " +
               std::string(to_text(identity.authentication.type)) + ", not by a token";
    }
    if (auto reason = reason_against_resource(token, identity.id)) return reason;
    if (!sas::signed_by_base64(token, identity.authentication.primary_key.view()) &&
        !sas::signed_by_base64(token, identity.authentication.secondary_key.view())) {
        return "the signature was made with neither key of " + identity.id.describe();
    }
    if (sas::has_expired(token, now)) return "the token expired at " + device_agent::format_utc(token.expiry);
    return std::nullopt;
}

void Authorization::check_policy(http::Call& call, const sas::Token& token, const std::string& hub,
                                 std::initializer_list<Right> any_of) const {
    const auto& keys = policies_.find(hub)->second;
    const auto key = keys.find(token.policy);
    if (key == keys.end()) throw unauthorized("hub " + hub + " has no policy " + token.policy);
    if (!covers(token.resource, resource_of(call.request, hub))) {
        throw unauthorized("the token's resource does not cover the request");
    }
    if (!sas::signed_by_base64(token, key->second.view())) {
        throw unauthorized("the signature was not made with the key of policy " + token.policy);
    }
    if (sas::has_expired(token, clock_.now())) {
        throw unauthorized("the token expired at " + device_agent::format_utc(token.expiry));
    }
    call.authorized_as = "policy " + token.policy;
    if (std::none_of(any_of.begin(), any_of.end(),
                     [&](Right right) { return policy_grants(token.policy, right); })) {
        throw unauthorized("policy " + token.policy + " has not the right to do this");
    }
}

void Authorization::require_policy(http::Call& call, const std::string& hub, Right right) const {
    const auto token = token_of(call.request);
    if (token.policy.empty())
        throw unauthorized("only a service policy may do this, and the token names none");
    check_policy(call, token, hub, {right});
}

void Authorization::require_certificate(http::Call& call, store::Transaction& transaction,
                                        const IdentityId& device) const {
    const auto identity = find_identity(transaction, device);
    if (!identity) throw unauthorized("hub " + device.hub + " has no device " + device.device);
    if (const auto reason =
            reason_against(transaction, call.request.client_certificates, *identity, *identity, clock_.now()))
        throw unauthorized(*reason);
    call.authorized_as = device.describe();
}

void Authorization::require_device_or_policy(http::Call& call, store::Transaction& transaction,
                                             const IdentityId& device, Right right) const {
    if (!has_token(call.request) && !call.request.client_certificates.empty()) {
        require_certificate(call, transaction, device);
        return;
    }
    const auto token = token_of(call.request);
    if (!token.policy.empty()) {
        check_policy(call, token, device.hub, {right, Right::device_connect});
        return;
    }
    const auto identity = find_identity(transaction, device);
    if (!identity) throw unauthorized("hub " + device.hub + " has no device " + device.device);
    if (const auto reason = reason_against(token, *identity, *identity, clock_.now()))
        throw unauthorized(*reason);
    call.authorized_as = device.describe();
}

}  // namespace emulator::hub
