// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/registry.hpp"

#include "emulator/http/etag.hpp"
#include "emulator/hub/refusal.hpp"
#include "emulator/unique_id.hpp"

namespace emulator::hub {
namespace {

using store::Transaction;

Refusal not_found(const IdentityId& id) {
    if (id.is_module())
        return {RefusalCode::module_not_found, "There is no module " + id.module + " on device " + id.device};
    return {RefusalCode::device_not_found, "There is no device " + id.device};
}

Refusal already_exists(const IdentityId& id) {
    if (id.is_module()) {
        return {RefusalCode::module_already_exists, "Device " + id.device + " has a module " + id.module};
    }
    return {RefusalCode::device_already_exists, "There is a device " + id.device};
}

void check_if_match(std::string_view if_match, const Identity& identity) {
    if (!http::if_match_allows(if_match, identity.etag)) {
        throw Refusal(RefusalCode::precondition_failed,
                      "If-Match does not name the present etag of " + identity.id.describe());
    }
}

void check_room_for_module(Transaction& transaction, const IdentityId& id) {
    if (!find_identity(transaction, id.of_device())) throw not_found(id.of_device());
    if (count_modules(transaction, id) >= most_modules) {
        throw Refusal(
            RefusalCode::too_many_modules,
            "Device " + id.device + " has " + std::to_string(most_modules) + " modules, as many as it may");
    }
}

// Another kind of authentication takes the keys away; a key that is left out is kept, or made.
void set_authentication(Identity& identity, const Authentication& wanted) {
    auto& present = identity.authentication;
    present.type = wanted.type;
    present.primary_thumbprint = wanted.primary_thumbprint;
    present.secondary_thumbprint = wanted.secondary_thumbprint;
    for (auto key : {&Authentication::primary_key, &Authentication::secondary_key}) {
        if (wanted.type != AuthenticationType::sas) {
            present.*key = {};
        } else if (!(wanted.*key).empty()) {
            present.*key = wanted.*key;
        } else if ((present.*key).empty()) {
            present.*key = device_agent::SecretText(new_base64_key());
        }
    }
}

}  // namespace

Identity Registry::get(Transaction& transaction, const IdentityId& id) {
    auto identity = find_identity(transaction, id);
    if (identity) return std::move(*identity);
    if (id.is_module() && !find_identity(transaction, id.of_device())) throw not_found(id.of_device());
    throw not_found(id);
}

Identity Registry::create(Transaction& transaction, const IdentityId& id, const IdentityChange& change,
                          const Twin& twin) const {
    if (!is_valid_id(id.device) || (id.is_module() && !is_valid_id(id.module))) {
        throw Refusal(RefusalCode::argument_invalid,
                      "An id has 1 to 128 ASCII letters, digits and -.+%_#*?!(),=@$': characters");
    }
    if (find_identity(transaction, id)) throw already_exists(id);
    if (id.is_module()) check_room_for_module(transaction, id);

    Identity identity{.id = id, .generation_id = new_generation_id(), .etag = new_etag()};
    identity.enabled = change.enabled.value_or(true);
    identity.status_reason = change.status_reason;
    identity.status_updated = clock_.now();
    identity.managed_by = change.managed_by;
    set_authentication(identity, change.authentication.value_or(Authentication{}));
    insert_identity(transaction, identity, twin);
    twins_.created(transaction, identity);
    return identity;
}

Identity Registry::create(Transaction& transaction, const IdentityId& id,
                          const IdentityChange& change) const {
    return create(transaction, id, change, new_twin({}, clock_.now()));
}

Identity Registry::update(Transaction& transaction, const IdentityId& id, const IdentityChange& change,
                          std::string_view if_match) const {
    auto identity = get(transaction, id);
    check_if_match(if_match, identity);
    identity.etag = new_etag();
    if (change.enabled && *change.enabled != identity.enabled) {
        identity.enabled = *change.enabled;
        identity.status_updated = clock_.now();
    }
    if (change.status_reason) identity.status_reason = change.status_reason;
    if (change.managed_by) identity.managed_by = change.managed_by;
    if (change.authentication) set_authentication(identity, *change.authentication);
    update_identity(transaction, identity);
    const auto device = id.is_module() ? get(transaction, id.of_device()) : identity;
    transaction.after_commit([this, identity, device] { connected_.recheck(identity, device); });
    return identity;
}

void Registry::remove(Transaction& transaction, const IdentityId& id,
                      std::optional<std::string_view> if_match) const {
    const auto identity = get(transaction, id);
    if (if_match) check_if_match(*if_match, identity);
    erase_identity(transaction, id);
    transaction.after_commit([this, id] { connected_.forget(id); });
}

}  // namespace emulator::hub
