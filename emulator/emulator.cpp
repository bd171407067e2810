// SPDX-License-Identifier: Apache-2.0
#include "emulator/emulator.hpp"

#include "emulator/ascii.hpp"
#include "emulator/dps/refusal.hpp"
#include "emulator/hub/refusal.hpp"
#include "foundation/logging.hpp"

#include <utility>

namespace emulator {
namespace {

// The names by which the DPS and the control API are reached; on a real one they would be hosts of their own.
std::set<std::string> host_names(const std::vector<std::string>& hubs) {
    std::set<std::string> names{"localhost", "127.0.0.1", "::1"};
    names.insert(hubs.begin(), hubs.end());
    return names;
}

// One port serves them all, so the path tells them apart.
record::Service service_of(const http::Target& target) {
    const auto& segments = target.segments;
    if (segments.empty()) return record::Service::hub;
    const auto& first = segments.front();
    if (first == "_emulator") return record::Service::control;
    for (const auto* path : {"enrollments", "enrollmentGroups", "registrations"}) {
        if (equal_ignoring_case(first, path)) return record::Service::dps_service;
    }
    if (segments.size() > 1 && equal_ignoring_case(segments[1], "registrations"))
        return record::Service::dps_device;
    return record::Service::hub;
}

}  // namespace

Emulator::Emulator(std::unique_ptr<store::Database> database, std::unique_ptr<store::Database> telemetry,
                   instance::Instance instance, const device_agent::Clock& clock)
    : clock_(clock),
      database_(std::move(database)),
      telemetry_(std::move(telemetry)),
      instance_(std::move(instance)),
      settings_(*database_),
      events_(clock),
      record_(clock, events_),
      faults_(clock),
      hub_services_(*database_, *telemetry_, instance_.hub_policies, clock),
      methods_(hub_services_.connected, timer_),
      registrations_(*database_, settings_, instance_.id_scope, instance_.hubs, hub_services_.registry,
                     clock),
      dps_device_(registrations_, clock),
      dps_service_(*database_, instance_.dps_policies, host_names(instance_.hubs), instance_.hubs, clock),
      hub_(hub_services_, methods_, instance_.hub_policies),
      control_({*database_, settings_, record_, faults_, events_, instance_, hub_services_, clock, timer_},
               host_names(instance_.hubs)),
      doorkeeper_(registrations_, hub_services_, instance_.hub_policies, faults_),
      mqtt_{doorkeeper_, record_, events_, clock} {}

http::Response Emulator::answer(record::Service service, const http::Request& request) {
    try {
        switch (service) {
            case record::Service::dps_device:
                return dps_device_.handle(request);
            case record::Service::dps_service:
                return dps_service_.handle(request);
            case record::Service::control:
                return control_.handle(request);
            case record::Service::hub:
                break;
        }
        return hub_.handle(request);
    } catch (const std::exception& error) {
        device_agent::log::error("a request failed", {{"reason", error.what()}});
        return failure(service);
    }
}

http::Response Emulator::failure(record::Service service) const {
    const std::string message = "The emulator could not do this; its log says why";
    if (service == record::Service::hub) return hub::refuse({hub::RefusalCode::server_error, message});
    return dps::refuse({dps::RefusalCode::internal_error, message}, clock_.now());
}

void Emulator::stop_waiting() {
    timer_.stop();
    try {
        static_cast<void>(database_->begin());  // whoever waits for a group is told
    } catch (const std::exception& error) {
        device_agent::log::error("cannot write to the end", {{"reason", error.what()}});
    }
}

http::Response Emulator::handle(const http::Request& request, record::ConnectionNumber connection) {
    const auto service = service_of(request.target);
    auto response = faults_.answer(service, request, [&] { return answer(service, request); });
    if (response.later) {
        return {.later = [this, service, request, connection, pending = std::move(response)](auto respond) {
            pending.later([this, service, request, connection, authorized_as = pending.authorized_as,
                           respond = std::move(respond)](http::Response made) {
                made.authorized_as = authorized_as;
                record_.answered(connection, service, request, made);
                respond(std::move(made));
            });
        }};
    }
    if (response.provided) {
        // Of the request, what the record takes.
        auto asked = std::make_shared<http::Request>(
            http::Request{.method = request.method, .target = request.target, .host = request.host});
        auto pending = std::make_shared<http::Response>(std::move(response));
        return {.later = [this, service, connection, asked = std::move(asked),
                          pending = std::move(pending)](auto respond) {
            const auto met = std::exchange(pending->provided, {});
            met([this, service, connection, asked, pending, respond = std::move(respond)](bool true_now) {
                if (!true_now) *pending = failure(service);
                record_.answered(connection, service, *asked, *pending);
                respond(std::move(*pending));
            });
        }};
    }
    record_.answered(connection, service, request, response);
    return response;
}

}  // namespace emulator
