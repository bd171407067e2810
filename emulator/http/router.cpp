// SPDX-License-Identifier: Apache-2.0
#include "emulator/http/router.hpp"

#include "emulator/ascii.hpp"

namespace emulator::http {
namespace {

using Parameters = std::map<std::string, std::string, std::less<>>;

bool is_parameter(std::string_view segment) {
    return segment.starts_with('{');
}

std::optional<Parameters> match_path(const std::vector<std::string>& pattern,
                                     const std::vector<std::string>& path) {
    if (pattern.size() != path.size()) return std::nullopt;
    Parameters parameters;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (is_parameter(pattern[i])) {
            parameters.emplace(pattern[i].substr(1, pattern[i].size() - 2), path[i]);
        } else if (!equal_ignoring_case(pattern[i], path[i])) {
            return std::nullopt;
        }
    }
    return parameters;
}

}  // namespace

void Router::add(std::string_view method, std::string_view pattern, Handler handler) {
    routes_.push_back({std::string(method), parse_target(pattern).segments, std::move(handler)});
}

Router::Match Router::match(const Request& request) const {
    Match match;
    for (const auto& route : routes_) {
        auto parameters = match_path(route.segments, request.target.segments);
        if (!parameters) continue;
        if (route.method == request.method) return {&route.handler, std::move(*parameters), {}};
        if (!match.allowed_methods.empty()) match.allowed_methods += ", ";
        match.allowed_methods += route.method;
    }
    return match;
}

}  // namespace emulator::http
