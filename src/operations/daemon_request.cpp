// SPDX-License-Identifier: Apache-2.0
#include "operations/daemon_request.hpp"

#include <nlohmann/json.hpp>

namespace device_agent::operations {
namespace {

using Json = nlohmann::json;
using Kind = Operation::Kind;

SecretText with_expiry(const Operation& operation) {
    return operation.expiry ? SecretText(Json{{"expiry", operation.expiry->count()}}.dump()) : SecretText();
}

// Only what differs from the defaults.
SecretText with_wishes(const Operation& operation) {
    auto wishes = Json::object();
    if (operation.dry_run) wishes["dryRun"] = true;
    if (operation.verify) wishes["verify"] = true;
    if (operation.prune) wishes["prune"] = true;
    if (operation.time_limit) wishes["timeout"] = operation.time_limit->count();
    return wishes.empty() ? SecretText() : SecretText(wishes.dump());
}

}  // namespace

DaemonRequest request_for(const Operation& operation) {
    const auto slot = "/v1/slots/" + std::to_string(operation.slot);
    switch (operation.kind) {
        case Kind::status:
            return {"GET", "/v1/status", {}};
        case Kind::list_slots:
            return {"GET", "/v1/slots", {}};
        case Kind::show_slot:
            return {"GET", slot, {}};
        case Kind::slot_token:
            return {"POST", slot + "/token", with_expiry(operation)};
        case Kind::slot_connection_string:
            return {"POST", slot + "/connection-string", with_expiry(operation)};
        case Kind::store_slot:
            return {"PUT", slot,
                    SecretText(Json{{"connectionString", operation.connection_string.view()}}.dump())};
        case Kind::erase_slot:
            return {"DELETE", slot, {}};
        case Kind::provision:
            return {"POST", "/v1/provision", with_wishes(operation), true};
        case Kind::reprovision:
            return {"POST", "/v1/reprovision", with_wishes(operation), true};
        case Kind::decommission:
            return {"POST", "/v1/decommission", with_wishes(operation), true};
        case Kind::enrollment_info:
            break;
    }
    return {"GET", "/v1/enrollment-info", {}};
}

}  // namespace device_agent::operations
