// SPDX-License-Identifier: Apache-2.0
#include "app_api/problem.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace device_agent::app_api {
namespace {

struct Row {
    std::string_view code;
    int status;
};

// Indexed by Refused, in its order.
constexpr std::array<Row, 6> table{{
    {"not-found", 404},
    {"method", 405},
    {"ambiguous", 409},
    {"too-large", 413},
    {"too-large", 431},
    {"too-many", 429},
}};

// Where a problem has no type of its own, its title is that of its status (RFC 9457, section 4.2.1).
std::string_view title_of(int status) {
    switch (status) {
        case 400:
            return "Bad Request";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        default:
            return "Internal Server Error";
    }
}

}  // namespace

Problem problem_of(Refused reason, std::string detail) {
    const auto& row = table.at(static_cast<std::size_t>(reason));
    return {.status = row.status, .code = row.code, .detail = std::move(detail)};
}

Problem problem_of(ErrorCode code, std::string detail) {
    const auto& row = translate(code);
    return {.status = row.http_status, .code = row.name, .detail = std::move(detail)};
}

Problem problem_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const Error& error) {
        auto problem = problem_of(error.code(), explain(error));
        if (error.retry().kind == Retry::Kind::later && error.retry().after.count() > 0)
            problem.retry_after = error.retry().after;
        return problem;
    } catch (const std::exception& error) {
        return problem_of(ErrorCode::internal, explain(error));
    }
}

std::string to_json(const Problem& problem) {
    return nlohmann::json{{"title", title_of(problem.status)},
                          {"status", problem.status},
                          {"detail", problem.detail},
                          {"code", problem.code}}
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Reply reply_with(const Problem& problem, Format format) {
    Reply reply{.status = problem.status, .content_type = "application/problem+json", .body = {}};
    reply.allow = problem.allow;
    reply.retry_after = problem.retry_after;
    if (format == Format::text) {
        reply.content_type = "text/plain; charset=utf-8";
        reply.body = SecretText(std::string(problem.code) + ": " + problem.detail);
    } else {
        reply.body = SecretText(to_json(problem));
    }
    return reply;
}

}  // namespace device_agent::app_api
