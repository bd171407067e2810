// SPDX-License-Identifier: Apache-2.0
// How a fault that is set meets an operation of an MQTT client.
#pragma once

#include "emulator/faults/switches.hpp"
#include "emulator/mqtt/session.hpp"

namespace emulator::mqtt {

/// What a kind that carries the operation out does to its answer, the next packet.
[[nodiscard]] Spoiling spoiling_of(const faults::Switches::Met& met);

/// A fault that refuses the operation, for the caller to tell in the operation's own way.
struct FaultRefusal {
    int status;          ///< of HTTP, 400 to 599
    std::string reason;  ///< for the record
};

/// Looks whether a fault meets the operation (see faults/operation.hpp; `hub`: empty for DPS). Nothing when
/// it is to be carried out, its answer spoiled or not.
[[nodiscard]] std::optional<FaultRefusal> meet_fault(faults::Switches& faults, record::Service service,
                                                     std::string_view operation, std::string_view hub,
                                                     Outlet& outlet);

/// As CONNACK tells it.
[[noreturn]] void refuse_connect(const FaultRefusal& refusal);

}  // namespace emulator::mqtt
