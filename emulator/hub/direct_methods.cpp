// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/direct_methods.hpp"

#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/refusal.hpp"

#include <atomic>

namespace emulator::hub {
namespace {

using namespace std::chrono_literals;

// How often a device that is waited for is looked for.
constexpr auto look_again = 100ms;
constexpr auto longest_timeout = 300s;
constexpr auto shortest_response_timeout = 5s;
constexpr std::size_t longest_name = 100;

std::chrono::seconds seconds_member(const nlohmann::json& body, const char* name, std::chrono::seconds least,
                                    std::chrono::seconds otherwise) {
    const auto found = body.find(name);
    if (found == body.end() || found->is_null()) return otherwise;
    const bool is_good =
        found->is_number_integer() && *found >= least.count() && *found <= longest_timeout.count();
    if (!is_good) {
        throw FormatError(std::string(name) + " is not a number of seconds from " +
                          std::to_string(least.count()) + " to " + std::to_string(longest_timeout.count()));
    }
    return std::chrono::seconds(found->get<std::int64_t>());
}

http::Response to_response(const MethodResult& result) {
    const auto payload =
        result.payload.empty() ? nlohmann::json() : nlohmann::json::parse(result.payload, nullptr, false);
    return http::json_response(200, nlohmann::json{{"status", result.status}, {"payload", payload}});
}

http::Response not_online(const IdentityId& id) {
    return refuse(Refusal(RefusalCode::device_not_online,
                          "The operation failed because the requested " + id.describe() + " is not online"));
}

http::Response timed_out(const IdentityId& id) {
    return refuse(
        Refusal(RefusalCode::gateway_timeout, "Timed out waiting for the response of " + id.describe()));
}

}  // namespace

MethodRequest parse_method_request(std::string_view body) {
    const auto json = http::parse_json(body);
    if (!json.is_object()) throw FormatError("the body is not a JSON object");
    const auto name = http::text_member(json, "methodName");
    if (!name || name->empty() || name->size() > longest_name) {
        throw FormatError("methodName is not a text of 1 to 100 characters");
    }
    MethodRequest request{
        .call = {.name = *name, .payload = {}},
        .connect_timeout = seconds_member(json, "connectTimeoutInSeconds", 0s, 0s),
        .response_timeout = seconds_member(json, "responseTimeoutInSeconds", shortest_response_timeout, 30s)};
    if (const auto payload = json.find("payload"); payload != json.end())
        request.call.payload = payload->dump();
    if (request.call.payload.size() > DirectMethods::largest_payload) {
        throw Refusal(RefusalCode::message_too_large, "A method's payload has at most 128 KB");
    }
    return request;
}

// A call under way. Device and timer race for the answer; the first one gives it.
struct DirectMethods::Pending {
    const IdentityId id;
    const MethodRequest request;
    const std::function<void(http::Response)> respond;
    std::atomic<bool> answered = false;

    void answer(http::Response response) {
        if (!answered.exchange(true)) respond(std::move(response));
    }
};

void DirectMethods::invoke(const IdentityId& id, const MethodRequest& request,
                           std::function<void(http::Response)> respond) {
    const std::shared_ptr<Pending> pending(new Pending{id, request, std::move(respond)});
    try_link(pending, request.connect_timeout);
}

void DirectMethods::try_link(const std::shared_ptr<Pending>& pending, std::chrono::milliseconds patience) {
    if (const auto link = connected_.find(pending->id)) {
        link->invoke(pending->request.call, [pending](const std::optional<MethodResult>& result) {
            pending->answer(result ? to_response(*result) : not_online(pending->id));
        });
        // The timer keeps no call alive that has its answer: payloads are large, and timeouts long.
        timer_.after(pending->request.response_timeout, [weak = std::weak_ptr(pending)] {
            if (const auto waiting = weak.lock()) waiting->answer(timed_out(waiting->id));
        });
    } else if (patience <= 0ms) {
        pending->answer(not_online(pending->id));
    } else {
        timer_.after(look_again, [this, pending, patience] { try_link(pending, patience - look_again); });
    }
}

}  // namespace emulator::hub
