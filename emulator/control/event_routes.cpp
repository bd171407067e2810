// SPDX-License-Identifier: Apache-2.0
// What happens: GET /_emulator/events?after=N[&wait=SECONDS].
#include "emulator/control/api.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"

#include <atomic>
#include <charconv>
#include <limits>

namespace emulator::control {
namespace {

using http::Call;
using http::Response;

constexpr std::uint64_t longest_wait = 60;

std::uint64_t number_parameter(const Call& call, const char* name, std::uint64_t most) {
    const auto text = call.request.target.parameter(name).value_or("0");
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number > most) {
        throw FormatError(std::string(name) + " is not a number from 0 to " + std::to_string(most));
    }
    return number;
}

Response events_after(const record::EventLog& events, std::uint64_t after) {
    return http::json_response(200, events.after(after));
}

// Event and timer race for the answer.
Response events(const Call& call, const Services& services) {
    const auto after = number_parameter(call, "after", std::numeric_limits<std::uint64_t>::max());
    const std::chrono::seconds wait(number_parameter(call, "wait", longest_wait));
    if (wait.count() == 0) return events_after(services.events, after);
    return {.later = [&services, after, wait](std::function<void(Response)> respond) {
        const auto once = [&services, after, respond = std::move(respond),
                           answered = std::make_shared<std::atomic<bool>>(false)] {
            if (!answered->exchange(true)) respond(events_after(services.events, after));
        };
        const auto ticket = services.events.when_after(after, once);
        services.timer.after(wait, [&services, ticket, once] {
            services.events.forget(ticket);
            once();
        });
    }};
}

}  // namespace

void add_event_routes(http::Router& router, const Services& services) {
    router.add("GET", "/_emulator/events", [&](Call& call) { return events(call, services); });
}

}  // namespace emulator::control
