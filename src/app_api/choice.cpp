// SPDX-License-Identifier: Apache-2.0
#include "app_api/choice.hpp"

#include <algorithm>

namespace device_agent::app_api {

std::variant<std::string, Problem> choose(const Call& call, const Caller& caller, const Access& access) {
    if (access.applications.empty()) return not_granted(caller);
    if (call.application) {
        // The same answer whether there is such an application or not.
        if (!access.includes(*call.application)) return not_granted(caller);
        return *call.application;
    }
    if (access.applications.size() == 1) return access.applications.front();
    std::string names;
    for (const auto& name : access.applications)
        names += (names.empty() ? "" : ", ") + name;
    return problem_of(
        Refused::ambiguous,
        "several identities are granted to this caller: name one with ?application=NAME, of " + names);
}

std::variant<Owned, Problem> find_identity(const std::string& application, const View& view) {
    const auto found = view.identities.find(application);
    if (found == view.identities.end() || !found->second.slot.identity) {
        return problem_of(ErrorCode::not_provisioned,
                          "the identity of " + application +
                              " is not there yet. GET /v1/identity/events tells when it is; do not poll.");
    }
    return Owned{application, found->second};
}

std::vector<Owned> identities_of(const Access& access, const View& view) {
    std::vector<Owned> owned;
    for (const auto& application : access.applications) {
        auto found = find_identity(application, view);
        if (auto* one = std::get_if<Owned>(&found)) owned.push_back(std::move(*one));
    }
    return owned;
}

std::variant<std::chrono::seconds, Problem> life_for(const Call& call, const View& view) {
    if (!call.expiry) return std::min(view.default_token_life, view.max_token_life);
    if (*call.expiry <= view.max_token_life) return *call.expiry;
    return problem_of(ErrorCode::usage, "an expiry of " + std::to_string(call.expiry->count()) +
                                            " s is above maxTokenLifetime, " +
                                            std::to_string(view.max_token_life.count()) + " s");
}

Problem not_granted(const Caller& caller) {
    return problem_of(ErrorCode::permission,
                      "no such identity is granted to " + describe(caller) +
                          ". Grants are made under \"applications\" in the configuration.");
}

Problem not_an_administrator(const Caller& caller) {
    return problem_of(ErrorCode::permission,
                      "\"administrators\" of the configuration does not name " + describe(caller) + '.');
}

}  // namespace device_agent::app_api
