// SPDX-License-Identifier: Apache-2.0
#include "cloud/retrying.hpp"

#include "cloud/answer.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"

#include <algorithm>

namespace device_agent::cloud {
namespace {

using std::chrono::milliseconds;

bool worth_repeating(int status) noexcept {
    return status == 408 || status == 429 || status >= 500;
}

// What is left of the call's time, and never nothing: the deadline itself is checked before each wait.
void limit(HttpRequest& request, const CallContext& context) {
    if (!context.deadline) return;
    const auto left =
        std::chrono::duration_cast<milliseconds>(*context.deadline - context.clock.steady_now());
    request.patience = std::max(left, milliseconds{1});
}

std::string in_seconds(milliseconds delay) {
    const auto tenths = delay.count() / 100;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

}  // namespace

std::string describe_status(int status) {
    const auto named = [&](const char* name) { return std::to_string(status) + " " + name; };
    switch (status) {
        case 400:
            return named("Bad Request");
        case 401:
            return named("Unauthorized");
        case 403:
            return named("Forbidden");
        case 404:
            return named("Not Found");
        case 409:
            return named("Conflict");
        case 412:
            return named("Precondition Failed");
        case 413:
            return named("Content Too Large");
        case 429:
            return named("Too Many Requests");
        case 500:
            return named("Internal Server Error");
        case 502:
            return named("Bad Gateway");
        case 503:
            return named("Service Unavailable");
        case 504:
            return named("Gateway Timeout");
        default:
            return "status " + std::to_string(status);
    }
}

HttpResponse send_with_retries(HttpClient& http, const HttpRequest& request, const CallContext& context) {
    Backoff backoff(milliseconds(1000), milliseconds(60000), context.jitter);
    auto attempt = request;
    for (;;) {
        context.check();
        limit(attempt, context);
        std::string reason;
        std::optional<std::chrono::seconds> asked;
        try {
            auto response = http.send(attempt, context.stop);
            if (!worth_repeating(response.status)) return response;
            reason = request.host + " answered " + describe_status(response.status);
            asked = response.retry_after;
        } catch (const NotUnderstood&) {
            throw;
        } catch (const Error& error) {
            if (error.code() != ErrorCode::network || error.retry().kind != Retry::Kind::later) throw;
            reason = explain(error);
        }
        // A Retry-After of 0 names no pace: taken by its word, it would let us knock without a pause.
        const milliseconds delay = asked && asked->count() > 0 ? *asked : backoff.next();
        if (!context.allows(delay)) {
            const std::string wait =
                asked ? " and asks to wait " + std::to_string(asked->count()) + " s" : std::string();
            throw Error(ErrorCode::network,
                        reason + wait +
                            "; giving up, since the time limit (--timeout) would pass before the next try",
                        Retry::later(asked.value_or(std::chrono::seconds{0})));
        }
        log::warning("trying again in " + in_seconds(delay),
                     {{"reason", reason}, {"request", request.method + " " + request.host}});
        context.wait(delay);
    }
}

}  // namespace device_agent::cloud
