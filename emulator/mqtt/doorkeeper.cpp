// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/doorkeeper.hpp"

#include "emulator/format_error.hpp"
#include "emulator/mqtt/dps_session.hpp"
#include "emulator/mqtt/hub_user_name.hpp"

namespace emulator::mqtt {
namespace {

[[noreturn]] void refuse(ConnectCode code, const std::string& reason) {
    throw ConnectRefusal(code, reason);
}

bool is_for_dps(std::string_view user_name) {
    const auto scope_end = user_name.find('/');
    return scope_end != std::string_view::npos && user_name.substr(scope_end).starts_with("/registrations/");
}

hub::IdentityId identity_of(const Connect& connect) {
    try {
        return parse_hub_user_name(connect.user_name.value_or(""));
    } catch (const FormatError& error) {
        refuse(ConnectCode::bad_user_name_or_password, error.what());
    }
}

// Only a last word on telemetry can be kept.
void check_will(const Connect& connect, const hub::IdentityId& id) {
    if (!connect.will) return;
    if (connect.will->qos == Qos::exactly_once) refuse(ConnectCode::not_authorized, "a will of QoS 2");
    try {
        if (std::holds_alternative<Telemetry>(parse_hub_topic(connect.will->topic, id))) return;
    } catch (const FormatError&) {
    }
    refuse(ConnectCode::not_authorized, "a will's topic is that of telemetry");
}

}  // namespace

Admitted ServiceDoorkeeper::admit(const Connect& connect, const Peer& peer,
                                  const std::shared_ptr<Outlet>& outlet) {
    if (is_for_dps(connect.user_name.value_or("")))
        return admit_to_dps(registrations_, connect, peer, outlet);
    return admit_to_hub(connect, peer, outlet);
}

Admitted ServiceDoorkeeper::admit_to_hub(const Connect& connect, const Peer& peer,
                                         const std::shared_ptr<Outlet>& outlet) {
    const auto id = identity_of(connect);
    if (connect.client_id != client_id_of(id)) {
        refuse(ConnectCode::client_id_rejected, "the client id is not " + client_id_of(id));
    }
    check_will(connect, id);

    auto& hubs = hub_services_.hubs;
    if (!policies_.contains(id.hub)) refuse(ConnectCode::not_authorized, "there is no hub " + id.hub);
    auto transaction = hubs.database.begin();
    const auto device = hub::find_identity(transaction, id.of_device());
    const auto identity = device ? hub::find_identity(transaction, id) : std::nullopt;
    if (!identity) refuse(ConnectCode::not_authorized, "hub " + id.hub + " has no " + id.describe());
    HubProof proof(transaction, connect, peer, *identity, *device, hubs.clock.now());

    KeptSession kept{.generation_id = identity->generation_id};
    bool session_present = false;
    if (connect.clean_session) {
        sessions_.erase(id);
    } else if (auto found = sessions_.find(id, identity->generation_id)) {
        kept = std::move(*found);
        session_present = true;
    } else {
        sessions_.save(id, kept);
    }
    auto session = std::make_shared<HubSession>(hub_services_, id, std::move(proof), std::move(kept),
                                                connect.clean_session, connect.will, outlet);
    hubs.connected.attach(id, session);
    return {.session = std::move(session),
            .session_present = session_present,
            .identity = id.describe(),
            .service = record::Service::hub};
}

}  // namespace emulator::mqtt
