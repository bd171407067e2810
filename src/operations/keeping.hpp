// SPDX-License-Identifier: Apache-2.0
// Where this device keeps its identities, made from the configuration.
#pragma once

#include "config/configuration.hpp"
#include "foundation/clock.hpp"
#include "identity/slot_store.hpp"
#include "tpm/tpm.hpp"

#include <memory>
#include <stop_token>

namespace device_agent::operations {

/// Reaches the TPM once, so that a missing one is known now. Null when the configuration needs none. `clock`
/// outlives it.
[[nodiscard]] std::unique_ptr<tpm::Tpm> open_tpm(const config::Configuration& configuration, Clock& clock,
                                                 const std::stop_token& stop);

/// `tpm` must outlive it; it is null for the file store alone.
[[nodiscard]] std::unique_ptr<identity::SlotStore> make_store(const config::Configuration& configuration,
                                                              tpm::Tpm* tpm);

}  // namespace device_agent::operations
