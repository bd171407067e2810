// SPDX-License-Identifier: Apache-2.0
// POST /devices: up to 100 changes of devices and modules, each done or refused by itself.
#include "emulator/ascii.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/refusal.hpp"
#include "emulator/hub/routes.hpp"

#include <algorithm>
#include <array>

namespace emulator::hub {
namespace {

using http::Call;
using http::Response;
using nlohmann::json;
using store::Transaction;

constexpr std::size_t most_entries = 100;

enum class Work { create, create_or_update, update, remove, update_twin };

struct Mode {
    std::string_view name;
    Work work;
    bool if_match;  // only when the entry's etag is the present one
};
constexpr std::array<Mode, 9> modes{{{"create", Work::create, false},
                                     {"createOrUpdate", Work::create_or_update, false},
                                     {"createOrUpdateIfMatchETag", Work::create_or_update, true},
                                     {"update", Work::update, false},
                                     {"updateIfMatchETag", Work::update, true},
                                     {"delete", Work::remove, false},
                                     {"deleteIfMatchETag", Work::remove, true},
                                     {"updateTwin", Work::update_twin, false},
                                     {"updateTwinIfMatchETag", Work::update_twin, true}}};

const Mode& mode_of(const json& entry) {
    const auto name = http::text_member(entry, "importMode").value_or("createOrUpdate");
    const auto* mode = std::find_if(modes.begin(), modes.end(),
                                    [&](const Mode& known) { return equal_ignoring_case(known.name, name); });
    if (mode == modes.end()) throw FormatError("importMode is none of create, update, delete, updateTwin, …");
    return *mode;
}

std::string etag_of(const json& entry, const Mode& mode) {
    if (!mode.if_match) return "*";
    const bool twin = mode.work == Work::update_twin;
    auto etag = http::text_member(entry, twin ? "twinETag" : "eTag");
    if (!etag) etag = http::text_member(entry, twin ? "twinEtag" : "etag");
    return etag.value_or("");
}

void work_on(const json& entry, const IdentityId& id, Transaction& transaction, Services& services) {
    const auto& mode = mode_of(entry);
    const auto etag = etag_of(entry, mode);
    switch (mode.work) {
        case Work::remove:
            services.registry.remove(transaction, id, etag);
            return;
        case Work::update_twin:
            (void)services.twins.patch(transaction, Registry::get(transaction, id), parse_twin_change(entry),
                                       etag);
            return;
        case Work::update:
        case Work::create_or_update:
            if (mode.work == Work::update || find_identity(transaction, id)) {
                (void)services.registry.update(transaction, id, parse_identity_change(entry, id), etag);
                return;
            }
            break;
        case Work::create:
            break;
    }
    // Beside tags and properties an entry has much that a twin has not.
    const json twin{{"tags", entry.value("tags", json())}, {"properties", entry.value("properties", json())}};
    (void)services.registry.create(transaction, id, parse_identity_change(entry, id),
                                   new_twin(twin, services.clock.now()));
}

json error_of(const IdentityId& id, RefusalCode code, const std::string& message) {
    json error{{"deviceId", id.device}, {"errorCode", form_of(code).name}, {"errorStatus", message}};
    if (id.is_module()) error["moduleId"] = id.module;
    return error;
}

Response bulk(Call& call, Services& services) {
    const auto& hub = call.request.host;
    services.authorization.require_policy(call, hub, Right::registry_write);
    const auto entries = http::parse_json(call.request.body);
    if (!entries.is_array() || entries.empty() || entries.size() > most_entries) {
        throw FormatError("the body is an array of 1 to 100 entries");
    }
    auto transaction = services.database.begin();
    auto errors = json::array();
    for (const auto& entry : entries) {
        IdentityId id{hub, ""};
        try {
            if (!entry.is_object()) throw FormatError("an entry is not an object");
            id.device = http::text_member(entry, "id").value_or("");
            id.module = http::text_member(entry, "moduleId").value_or("");
            work_on(entry, id, transaction, services);
        } catch (const Refusal& refusal) {
            errors.push_back(error_of(id, refusal.code(), refusal.what()));
        } catch (const FormatError& error) {
            errors.push_back(error_of(id, RefusalCode::argument_invalid, error.what()));
        }
    }
    transaction.commit();
    return http::json_response(
        200, json{{"isSuccessful", errors.empty()}, {"errors", errors}, {"warnings", json::array()}});
}

}  // namespace

void add_bulk_routes(http::Router& router, Services& services) {
    router.add("POST", "/devices", [&](Call& call) { return bulk(call, services); });
}

}  // namespace emulator::hub
