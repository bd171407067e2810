// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/doorkeeper.hpp"

#include "emulator/faults/operation.hpp"
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
        return admit_to_dps(registrations_, faults_, connect, peer, outlet);
    return admit_to_hub(connect, peer, outlet);
}

Admitted ServiceDoorkeeper::admit_to_hub(const Connect& connect, const Peer& peer,
                                         const std::shared_ptr<Outlet>& outlet) {
    const auto id = identity_of(connect);
    const auto refused =
        meet_fault(faults_, record::Service::hub, faults::connect_operation, id.hub, *outlet);
    if (refused) refuse_connect(*refused);
    if (connect.client_id != client_id_of(id)) {
        refuse(ConnectCode::client_id_rejected, "the client id is not " + client_id_of(id));
    }
    check_will(connect, id);

    if (!policies_.contains(id.hub)) refuse(ConnectCode::not_authorized, "there is no hub " + id.hub);
    auto transaction = hubs_.database.begin();
    const auto device = hub::find_identity(transaction, id.of_device());
    const auto identity = device ? hub::find_identity(transaction, id) : std::nullopt;
    if (!identity) refuse(ConnectCode::not_authorized, "hub " + id.hub + " has no " + id.describe());
    HubProof proof(transaction, connect, peer, *identity, *device, hubs_.clock.now());

    std::optional<KeptSession> kept;
    if (!connect.clean_session) kept = find_session(transaction, id);
    const bool session_present = kept.has_value();
    if (connect.clean_session) {
        erase_session(transaction, id);
    } else if (!kept) {
        save_session(transaction, id, kept.emplace());
    }
    auto session = std::make_shared<HubSession>(hubs_, faults_, *identity, std::move(proof),
                                                std::move(kept).value_or(KeptSession()),
                                                connect.clean_session, connect.will, outlet);
    transaction.after_commit([&] { hubs_.connected.attach(id, session); });
    transaction.commit();
    return {.session = std::move(session),
            .session_present = session_present,
            .identity = id.describe(),
            .service = record::Service::hub};
}

}  // namespace emulator::mqtt
