// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/fault.hpp"

#include "emulator/mqtt/decode.hpp"
#include "emulator/mqtt/encode.hpp"

namespace emulator::mqtt {
namespace {

using faults::Kind;

// An answer with a body gets another one; one that has none is no packet any more.
std::string with_garbage(std::string packet) {
    const auto bytes = device_agent::as_bytes(packet);
    const auto header = read_header(bytes).value();
    if (!header.is_publish()) return faults::garbage();
    auto publish = std::get<Publish>(decode(header, bytes.subspan(header.size)));
    publish.payload = faults::garbage();
    return encode(publish);
}

std::string with_size(std::string packet, std::size_t size) {
    const auto bytes = device_agent::as_bytes(packet);
    const auto header = read_header(bytes).value();
    if (!header.is_publish()) return encode_body(header.type_and_flags, faults::huge(size));
    auto publish = std::get<Publish>(decode(header, bytes.subspan(header.size)));
    publish.payload = faults::huge(size);
    return encode(publish);
}

}  // namespace

Spoiling spoiling_of(const faults::Switches::Met& met) {
    using Ending = http::Delivery::Ending;
    switch (met.fault.kind) {
        case Kind::slow:
            return {.delivery = {Ending::whole, met.fault.delay, met.cleared}};
        case Kind::stalled:
            return {.delivery = {Ending::stall_halfway, met.fault.delay, met.cleared}};
        case Kind::cut:
            return {.delivery = {.ending = Ending::cut_halfway}};
        case Kind::garbage:
            return {.remake = with_garbage};
        default:
            return {.remake = [size = met.fault.size](std::string packet) {
                return with_size(std::move(packet), size);
            }};
    }
}

std::optional<FaultRefusal> meet_fault(faults::Switches& faults, record::Service service,
                                       std::string_view operation, std::string_view hub, Outlet& outlet) {
    const auto met = faults.meet(service, operation, hub);
    if (!met) return std::nullopt;
    if (met->fault.kind == Kind::throttled) return FaultRefusal{429, met->describe()};
    if (met->fault.kind == Kind::error) return FaultRefusal{met->fault.status, met->describe()};
    outlet.spoil_next(spoiling_of(*met));
    return std::nullopt;
}

void refuse_connect(const FaultRefusal& refusal) {
    const bool is_unauthorized = refusal.status == 401 || refusal.status == 403 || refusal.status == 404;
    throw ConnectRefusal(is_unauthorized ? ConnectCode::not_authorized : ConnectCode::server_unavailable,
                         refusal.reason);
}

}  // namespace emulator::mqtt
