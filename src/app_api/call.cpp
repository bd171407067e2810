// SPDX-License-Identifier: Apache-2.0
#include "app_api/call.hpp"

#include "app_api/call_body.hpp"
#include "foundation/encoding.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace device_agent::app_api {
namespace {

using OperationKind = Operation::Kind;

struct Route {
    std::string_view name;  // method and path; N stands for a number
    Call::Kind kind;
    BodyKind body = BodyKind::none;
    OperationKind operation{};
};

constexpr std::array<Route, 17> routes{{
    {"GET /v1/identity", Call::Kind::identity},
    {"GET /v1/identities", Call::Kind::identities},
    {"POST /v1/identity/token", Call::Kind::token, BodyKind::expiry},
    {"POST /v1/identity/connection-string", Call::Kind::connection_string, BodyKind::expiry},
    {"GET /v1/identity/events", Call::Kind::events},
    {"GET /v1/status", Call::Kind::operation, BodyKind::none, OperationKind::status},
    {"GET /v1/slots", Call::Kind::operation, BodyKind::none, OperationKind::list_slots},
    {"GET /v1/slots/N", Call::Kind::operation, BodyKind::none, OperationKind::show_slot},
    {"PUT /v1/slots/N", Call::Kind::operation, BodyKind::connection_string, OperationKind::store_slot},
    {"DELETE /v1/slots/N", Call::Kind::operation, BodyKind::none, OperationKind::erase_slot},
    {"POST /v1/slots/N/token", Call::Kind::operation, BodyKind::expiry, OperationKind::slot_token},
    {"POST /v1/slots/N/connection-string", Call::Kind::operation, BodyKind::expiry,
     OperationKind::slot_connection_string},
    {"POST /v1/provision", Call::Kind::operation, BodyKind::provisioning, OperationKind::provision},
    {"POST /v1/reprovision", Call::Kind::operation, BodyKind::provisioning, OperationKind::reprovision},
    {"POST /v1/decommission", Call::Kind::operation, BodyKind::dry_run, OperationKind::decommission},
    {"GET /v1/enrollment-info", Call::Kind::operation, BodyKind::none, OperationKind::enrollment_info},
    {"GET /metrics", Call::Kind::metrics},
}};

std::string_view take_until(std::string_view& text, char separator) {
    const auto end = text.find(separator);
    const auto part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return part;
}

std::optional<unsigned> parse_number(std::string_view text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_canonical = text.size() == 1 || !text.starts_with('0');
    if (error != std::errc() || end != text.data() + text.size() || !is_canonical) return std::nullopt;
    return number;
}

// Whether the path is that of the pattern; the number that stands for N, when there is one.
bool matches(std::string_view pattern, std::string_view path, unsigned& number) {
    while (!pattern.empty() && !path.empty()) {
        const auto wanted = take_until(pattern, '/');
        const auto given = take_until(path, '/');
        if (wanted == "N") {
            const auto parsed = parse_number(given);
            if (!parsed) return false;
            number = *parsed;
        } else if (wanted != given) {
            return false;
        }
    }
    return pattern.empty() && path.empty();
}

// `?application=NAME` is all that a query may say, and only where identities are chosen.
std::optional<Problem> read_query(std::string_view query, Call& call) {
    const bool chooses = !call.is_for_administrators() && call.kind != Call::Kind::identities;
    while (!query.empty()) {
        auto value = take_until(query, '&');
        const auto name = take_until(value, '=');
        if (name != "application" || !chooses) {
            return problem_of(ErrorCode::usage, chooses ? "the query may only say application=NAME"
                                                        : "this request takes no query");
        }
        auto decoded = percent_decode(value);
        if (!decoded || decoded->empty() || call.application)
            return problem_of(ErrorCode::usage, "the query must say application=NAME once, percent-encoded");
        call.application = std::move(*decoded);
    }
    return std::nullopt;
}

// A path ends without a slash: two paths of one meaning would be one too many.
bool is_well_formed(std::string_view path) {
    return path.size() > 1 && path.starts_with('/') && !path.ends_with('/');
}

}  // namespace

std::variant<Call, Problem> interpret(const Request& request) {
    std::string_view query = request.target;
    const auto path = take_until(query, '?');
    std::string allowed;
    for (const auto& route : routes) {
        auto pattern = route.name;
        const auto method = take_until(pattern, ' ');
        unsigned number = 0;
        if (!is_well_formed(path) || !matches(pattern, path, number)) continue;
        if (method != request.method) {
            allowed += (allowed.empty() ? "" : ", ") + std::string(method);
            continue;
        }
        Call call{.kind = route.kind, .format = request.format, .name = route.name};
        call.operation.kind = route.operation;
        call.operation.slot = number;
        if (auto problem = read_query(query, call)) return std::move(*problem);
        try {
            read_body(route.body, request.body.view(), call);
        } catch (const Error& error) {
            return problem_of(error.code(), error.what());
        }
        return call;
    }
    if (allowed.empty()) return problem_of(Refused::no_such_path, "there is nothing at this path");
    auto problem = problem_of(Refused::method, "this path takes " + allowed);
    problem.allow = std::move(allowed);
    return problem;
}

}  // namespace device_agent::app_api
