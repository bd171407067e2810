// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/device_token.hpp"

#include "emulator/ascii.hpp"
#include "emulator/dps/refusal.hpp"
#include "emulator/format_error.hpp"

namespace emulator::dps {
namespace {

sas::Token token_of(const Caller& caller) {
    if (caller.token.empty()) throw unauthorized("there is no token");
    try {
        return sas::parse_token(caller.token);
    } catch (const FormatError& error) {
        throw unauthorized(error.what());
    }
}

}  // namespace

sas::Token parse_device_token(const Caller& caller, device_agent::WallTime now) {
    auto token = token_of(caller);
    if (!token.policy.empty() && !equal_ignoring_case(token.policy, device_policy))
        throw unauthorized("the token's skn is not registration");
    if (!sas::is_for(token, caller.resource()))
        throw unauthorized("the token's resource is not " + caller.resource());
    if (sas::has_expired(token, now)) {
        throw unauthorized("the token expired at " + device_agent::format_utc(token.expiry));
    }
    return token;
}

void require_device_token(const Caller& caller, const device_agent::SecretBytes& key,
                          device_agent::WallTime now) {
    const auto token = parse_device_token(caller, now);
    if (token.policy.empty()) throw unauthorized("the token's skn is not registration");
    if (!sas::signed_by(token, key))
        throw unauthorized("the signature was not made with the challenge's key");
}

}  // namespace emulator::dps
