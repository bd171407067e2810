// SPDX-License-Identifier: Apache-2.0
// What was seen: GET and DELETE /_emulator/requests, GET /_emulator/connections.
#include "emulator/control/api.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"

namespace emulator::control {
namespace {

using http::Call;
using http::Response;

Response requests(const Call& call, const record::TrafficRecord& record) {
    std::optional<record::Service> only;
    if (const auto name = call.request.target.parameter("service")) {
        only = record::parse_service(*name);
        if (!only) throw FormatError("service is none of dps, dpsService, hub, control");
    }
    return http::json_response(200, nlohmann::json{{"requests", record.requests(only)}});
}

}  // namespace

void add_record_routes(http::Router& router, const Services& services) {
    router.add("GET", "/_emulator/requests", [&](Call& call) { return requests(call, services.record); });
    router.add("DELETE", "/_emulator/requests", [&](Call&) {
        services.record.reset();
        return Response{.status = 204};
    });
    router.add("GET", "/_emulator/connections", [&](Call&) {
        return http::json_response(200, nlohmann::json{{"connections", services.record.connections()}});
    });
}

}  // namespace emulator::control
