// SPDX-License-Identifier: Apache-2.0
// /_emulator/faults: what goes wrong with answers.
#include "emulator/control/api.hpp"
#include "emulator/control/refusal.hpp"
#include "emulator/faults/switches.hpp"
#include "emulator/http/json_body.hpp"

#include <charconv>

namespace emulator::control {
namespace {

using http::Call;
using http::Response;

Response list(const Services& services) {
    auto body = faults::choices();
    body["faults"] = services.faults.list();
    return http::json_response(200, body);
}

Response set(const Call& call, const Services& services) {
    const auto fault = faults::parse_fault(http::parse_json(call.request.body), services.instance.hubs);
    const auto made = services.faults.set(fault);
    if (!made) throw Refusal(409, "there are too many faults: clear some");
    return http::json_response(201, *made);
}

Response clear(const Call& call, const Services& services) {
    const auto& text = call.parameter("id");
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    const bool is_number = error == std::errc{} && end == text.data() + text.size();
    if (!is_number || !services.faults.clear(id)) throw Refusal(404, "there is no such fault");
    return {.status = 204};
}

}  // namespace

void add_fault_routes(http::Router& router, const Services& services) {
    router.add("GET", "/_emulator/faults", [&](Call&) { return list(services); });
    router.add("POST", "/_emulator/faults", [&](Call& call) { return set(call, services); });
    router.add("DELETE", "/_emulator/faults", [&](Call&) {
        services.faults.clear_all();
        return Response{.status = 204};
    });
    router.add("DELETE", "/_emulator/faults/{id}", [&](Call& call) { return clear(call, services); });
}

}  // namespace emulator::control
