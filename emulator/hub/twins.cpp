// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/twins.hpp"

#include "emulator/http/etag.hpp"
#include "emulator/hub/refusal.hpp"

namespace emulator::hub {
namespace {

using store::Transaction;

void check_if_match(std::optional<std::string_view> if_match, const Twin& twin) {
    if (if_match && !http::if_match_allows(*if_match, twin.etag)) {
        throw Refusal(RefusalCode::precondition_failed,
                      "If-Match does not name the present etag of the twin");
    }
}

}  // namespace

Twin Twins::get(Transaction& transaction, const IdentityId& id) {
    return find_twin(transaction, id).value();
}

Twin Twins::patch(Transaction& transaction, const Identity& identity, const TwinChange& change,
                  std::optional<std::string_view> if_match) {
    auto twin = get(transaction, identity.id);
    check_if_match(if_match, twin);
    hub::patch(twin, change, clock_.now());
    update_twin(transaction, identity.id, twin);
    if (change.desired) announce(transaction, identity.id, *change.desired, twin.desired.version);
    return twin;
}

Twin Twins::replace(Transaction& transaction, const Identity& identity, const TwinChange& change,
                    std::optional<std::string_view> if_match) {
    const auto nothing = nlohmann::json::object();
    const auto present = get(transaction, identity.id);
    return patch(transaction, identity,
                 {.tags = difference(present.tags, change.tags.value_or(nothing)),
                  .desired = difference(present.desired.values, change.desired.value_or(nothing))},
                 if_match);
}

std::int64_t Twins::report(Transaction& transaction, const Identity& identity, const nlohmann::json& patch) {
    auto twin = get(transaction, identity.id);
    patch_reported(twin, patch, clock_.now());
    update_twin(transaction, identity.id, twin);
    return twin.reported.version;
}

void Twins::created(Transaction&, const Identity&) {}

void Twins::announce(Transaction& transaction, const IdentityId& id, nlohmann::json patch,
                     std::int64_t version) {
    patch["$version"] = version;
    transaction.after_commit([this, id, patch = std::move(patch)] {
        if (const auto link = connected_.find(id)) link->desired_changed(patch);
    });
}

}  // namespace emulator::hub
