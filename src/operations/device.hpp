// SPDX-License-Identifier: Apache-2.0
// One device as its configuration wants it: its slots, what they are for, and its provisioning.
#pragma once

#include "attestation/enrollment_info.hpp"
#include "config/configuration.hpp"
#include "identity/slot_store.hpp"
#include "operations/machine.hpp"
#include "provisioning/services.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace device_agent::operations {

/// Threading: as the slot store that it is made with; the rest is constant.
class Device {
public:
    /// `machine` outlives it.
    Device(config::Configuration configuration, Machine& machine, std::unique_ptr<identity::SlotStore> store);

    [[nodiscard]] const config::Configuration& configuration() const noexcept { return configuration_; }
    [[nodiscard]] Machine& machine() const noexcept { return machine_; }
    [[nodiscard]] identity::SlotStore& store() const noexcept { return *store_; }

    /// Life of a token for which nobody asked otherwise.
    [[nodiscard]] std::chrono::seconds token_life() const;

    /// False without DPS and without a TPM: then there is nothing to attest with, and nobody asks.
    [[nodiscard]] bool attests() const noexcept;
    [[nodiscard]] attestation::EnrollmentInfo enrollment_info() const;

    /// Every slot that the configuration names, by number.
    [[nodiscard]] std::vector<unsigned> slot_numbers() const;
    /// What the slot is for, in words: "agent", "application AppB", "device"; empty when the configuration
    /// does not name it.
    [[nodiscard]] std::string purpose_of(unsigned slot) const;

private:
    config::Configuration configuration_;
    Machine& machine_;
    std::unique_ptr<identity::SlotStore> store_;
};

/// What the configuration allows, but is worth a look.
void log_warnings(const config::Configuration& configuration);

}  // namespace device_agent::operations
