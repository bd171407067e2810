// SPDX-License-Identifier: Apache-2.0
// Which identity a call is about.
#pragma once

#include "app_api/call.hpp"
#include "app_api/caller.hpp"
#include "app_api/policy.hpp"
#include "app_api/render.hpp"

#include <string>
#include <variant>
#include <vector>

namespace device_agent::app_api {

/// The application whose identity the call means; the problem when the caller may not have it, or named none
/// of several. Pure.
[[nodiscard]] std::variant<std::string, Problem> choose(const Call& call, const Caller& caller,
                                                        const Access& access);

/// Its identity, or that it is not there yet.
[[nodiscard]] std::variant<Owned, Problem> find_identity(const std::string& application, const View& view);

/// Those of all that the caller may use and that are there.
[[nodiscard]] std::vector<Owned> identities_of(const Access& access, const View& view);

/// How long the token shall live, or why not as long as was asked for.
[[nodiscard]] std::variant<std::chrono::seconds, Problem> life_for(const Call& call, const View& view);

/// Why a caller without the right gets nothing.
[[nodiscard]] Problem not_granted(const Caller& caller);
[[nodiscard]] Problem not_an_administrator(const Caller& caller);

}  // namespace device_agent::app_api
