// SPDX-License-Identifier: Apache-2.0
// GET /_emulator/status, GET and PUT /_emulator/settings.
#include "emulator/control/api.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"

namespace emulator::control {
namespace {

using http::Call;
using http::Response;

std::int64_t count(store::Transaction& transaction, std::string_view sql) {
    auto statement = transaction.prepare(sql);
    statement.step();
    return statement.number(0);
}

Response status(const Services& services) {
    auto transaction = services.database.begin();
    return http::json_response(
        200, nlohmann::json{
                 {"version", EMULATOR_VERSION},
                 {"time", device_agent::format_utc(services.clock.now())},
                 {"idScope", services.instance.id_scope},
                 {"hubs", services.instance.hubs},
                 {"enrollments", count(transaction, "SELECT count(*) FROM enrollments")},
                 {"devices", count(transaction, "SELECT count(*) FROM identities WHERE module_id = ''")},
                 {"modules", count(transaction, "SELECT count(*) FROM identities WHERE module_id <> ''")},
             });
}

Response show(const Settings& settings) {
    return http::json_response(200, nlohmann::json{{"retryAfter", settings.retry_after().count()}});
}

Response change(const Call& call, Settings& settings) {
    const auto body = http::parse_json(call.request.body);
    if (!body.is_object() || body.size() != 1 || !body.contains("retryAfter")) {
        throw FormatError("the settings are {\"retryAfter\": SECONDS}");
    }
    const auto& value = body["retryAfter"];
    if (!value.is_number_unsigned() || value > Settings::longest_retry_after.count()) {
        throw FormatError("retryAfter is not a number of seconds from 0 to " +
                          std::to_string(Settings::longest_retry_after.count()));
    }
    settings.set_retry_after(std::chrono::seconds(value.get<std::int64_t>()));
    return show(settings);
}

}  // namespace

void add_status_routes(http::Router& router, const Services& services) {
    router.add("GET", "/_emulator/status", [&](Call&) { return status(services); });
    router.add("GET", "/_emulator/settings", [&](Call&) { return show(services.settings); });
    router.add("PUT", "/_emulator/settings", [&](Call& call) { return change(call, services.settings); });
}

}  // namespace emulator::control
