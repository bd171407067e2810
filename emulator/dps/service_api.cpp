// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/service_api.hpp"

#include "emulator/dps/refusal.hpp"
#include "emulator/format_error.hpp"
#include "emulator/sas/token.hpp"

namespace emulator::dps {
namespace {

using http::Call;
using http::Response;

constexpr std::size_t most_body_bytes = 96UL * 1024;

}  // namespace

ServiceApi::ServiceApi(store::Database& database, const PolicyKeys& policies,
                       std::set<std::string> host_names, std::vector<std::string> linked_hubs,
                       const device_agent::Clock& clock)
    : policies_(policies),
      host_names_(std::move(host_names)),
      context_{database, std::move(linked_hubs), clock} {
    add_enrollment_routes(router_, context_);
    add_bulk_routes(router_, context_);
    add_registration_routes(router_, context_);
}

Response ServiceApi::handle(const http::Request& request) {
    Call call{request};
    Response response;
    try {
        response = dispatch(call);
    } catch (const Refusal& refusal) {
        response = refuse(refusal, context_.clock.now());
    } catch (const FormatError& error) {
        response = refuse(Refusal(RefusalCode::bad_request, error.what()), context_.clock.now());
    }
    response.authorized_as = call.authorized_as;
    return response;
}

Response ServiceApi::dispatch(Call& call) {
    authorize(call);
    if (call.request.body.size() > most_body_bytes)
        throw Refusal(RefusalCode::body_too_large, "The body is larger than 96 KB");
    auto match = router_.match(call.request);
    if (match.handler != nullptr) {
        call.parameters = std::move(match.parameters);
        return (*match.handler)(call);
    }
    if (match.allowed_methods.empty())
        throw Refusal(RefusalCode::not_found, "The emulator does not serve this path");
    auto response =
        refuse(Refusal(RefusalCode::method_not_allowed, "This path has other methods"), context_.clock.now());
    response.headers.add("Allow", match.allowed_methods);
    return response;
}

void ServiceApi::authorize(Call& call) const {
    const auto header = call.request.headers.find("Authorization");
    if (!header) throw unauthorized("there is no Authorization header");
    sas::Token token;
    try {
        token = sas::parse_token(*header);
    } catch (const FormatError& error) {
        throw unauthorized(error.what());
    }
    const auto key = policies_.find(token.policy);
    if (key == policies_.end()) throw unauthorized("the service has no policy \"" + token.policy + "\"");
    if (!host_names_.contains(call.request.host) || !sas::is_for(token, call.request.host)) {
        throw unauthorized("the token's resource is not the service's host name");
    }
    if (!sas::signed_by_base64(token, key->second.view())) {
        throw unauthorized("the signature was not made with the key of policy " + token.policy);
    }
    if (sas::has_expired(token, context_.clock.now())) {
        throw unauthorized("the token expired at " + device_agent::format_utc(token.expiry));
    }
    call.authorized_as = "policy " + token.policy;
}

}  // namespace emulator::dps
