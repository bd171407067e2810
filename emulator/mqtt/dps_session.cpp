// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/dps_session.hpp"

#include "emulator/ascii.hpp"
#include "emulator/faults/operation.hpp"
#include "emulator/format_error.hpp"
#include "emulator/mqtt/dps_topic.hpp"
#include "emulator/mqtt/encode.hpp"
#include "emulator/mqtt/fault.hpp"
#include "emulator/mqtt/property_bag.hpp"
#include "emulator/sas/token.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace emulator::mqtt {
namespace {

constexpr std::string_view registrations_level = "/registrations/";

// One client reads every body as ASCII: what is not, is escaped.
std::string in_ascii(const std::string& body) {
    const bool is_ascii = std::all_of(body.begin(), body.end(), [](unsigned char c) { return c < 0x80; });
    return is_ascii ? body : nlohmann::json::parse(body).dump(-1, ' ', true);
}

}  // namespace

void DpsSession::publish(Publish message) {
    const auto topic = parse_dps_topic(message.topic);
    if (const auto* registration = std::get_if<Register>(&topic)) {
        auto refusal = refused_by_fault(faults::register_operation, "PUT", {"register"});
        answer(registration->request_id,
               refusal ? *refusal : registrations_.register_device(caller_, message.payload));
    } else {
        const auto& poll = std::get<GetOperation>(topic);
        auto refusal = refused_by_fault(faults::poll_operation, "GET", {"operations", poll.operation_id});
        answer(poll.request_id,
               refusal ? *refusal : registrations_.operation_status(caller_, poll.operation_id));
    }
}

std::optional<http::Response> DpsSession::refused_by_fault(std::string_view operation,
                                                           const std::string& method,
                                                           const std::vector<std::string>& rest) const {
    const auto met = faults_.meet(record::Service::dps_device, operation, "");
    if (!met) return std::nullopt;
    http::Request request{
        .method = method,
        .target = {.segments = {caller_.id_scope, "registrations", caller_.registration_id}, .query = {}}};
    request.target.segments.insert(request.target.segments.end(), rest.begin(), rest.end());
    auto refusal = faults_.refusal(*met, request);
    const auto outlet = outlet_.lock();
    if (!refusal && outlet) outlet->spoil_next(spoiling_of(*met));
    return refusal;
}

void DpsSession::answer(const std::string& request_id, const http::Response& response) {
    const auto outlet = outlet_.lock();
    if (!granted_ || !outlet) return;
    Publish message{
        .topic = dps_response_topic(response.status, request_id, response.headers.find("Retry-After")),
        .payload = in_ascii(response.body),
        .qos = *granted_};
    if (*granted_ == Qos::at_least_once) {
        if (++last_packet_id_ == 0) last_packet_id_ = 1;
        message.packet_id = last_packet_id_;
    }
    outlet->send(encode(message));
}

Qos DpsSession::subscribe(const Subscription& subscription) {
    if (subscription.filter != dps_response_filter)
        throw Violation("a subscription to " + subscription.filter);
    granted_ = std::min(subscription.qos, Qos::at_least_once);
    return *granted_;
}

void DpsSession::unsubscribe(const std::string& filter) {
    if (filter == dps_response_filter) granted_.reset();
}

dps::Caller parse_dps_user_name(std::string_view user_name) {
    const auto level = user_name.find(registrations_level);
    if (level == std::string_view::npos) throw FormatError("the user name has no /registrations/");
    auto rest = user_name.substr(level + registrations_level.size());
    const auto slash = rest.find('/');
    if (slash == std::string_view::npos) throw FormatError("the user name has no api-version");
    const auto query = parse_property_bag(rest.substr(slash + 1));
    const auto version = value_of(query, "api-version").value_or("");
    if (version.empty()) throw FormatError("the user name has no api-version");
    return {.id_scope = std::string(user_name.substr(0, level)),
            .registration_id = std::string(rest.substr(0, slash)),
            .api_version = version,
            .may_be_challenged = false,
            .takes_conditions = false};
}

Admitted admit_to_dps(dps::RegistrationService& registrations, faults::Switches& faults,
                      const Connect& connect, const Peer& peer, const std::shared_ptr<Outlet>& outlet) {
    const auto refused =
        meet_fault(faults, record::Service::dps_device, faults::connect_operation, "", *outlet);
    if (refused) refuse_connect(*refused);
    dps::Caller caller;
    std::optional<device_agent::WallTime> expiry;
    try {
        caller = parse_dps_user_name(connect.user_name.value_or(""));
    } catch (const FormatError& error) {
        throw ConnectRefusal(ConnectCode::bad_user_name_or_password, error.what());
    }
    if (!equal_ignoring_case(connect.client_id, caller.registration_id)) {
        throw ConnectRefusal(ConnectCode::client_id_rejected, "the client id is not the registration id");
    }
    if (connect.will) throw ConnectRefusal(ConnectCode::not_authorized, "DPS takes no will");
    try {
        if (connect.password) {
            caller.token = connect.password->view();
            expiry = sas::parse_token(caller.token).expiry;
        } else {
            caller.certificates = peer.certificates;
        }
    } catch (const FormatError& error) {
        throw ConnectRefusal(ConnectCode::bad_user_name_or_password, error.what());
    }
    const auto response = registrations.authenticate(caller);
    if (response.status >= 500) throw ConnectRefusal(ConnectCode::server_unavailable, response.refusal);
    if (response.status != 200) {
        throw ConnectRefusal(ConnectCode::not_authorized,
                             response.refusal.empty() ? "a TPM attests by HTTPS alone" : response.refusal);
    }
    auto identity = response.authorized_as;
    return {.session = std::make_shared<DpsSession>(registrations, faults, std::move(caller), expiry, outlet),
            .identity = std::move(identity),
            .service = record::Service::dps_device};
}

}  // namespace emulator::mqtt
