// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "identity/slot_store.hpp"
#include "tpm/slot_layout.hpp"

#include <filesystem>
#include <functional>
#include <memory>

namespace device_agent::identity {

struct TpmSlotStoreOptions {
    tpm::SlotLayout layout;
    std::filesystem::path state_directory;
    bool protect_keys = false;  ///< `"slotAuth": "agent"`: new keys get an auth value
    /// The slot of a device that attests by a certificate: it holds the identity's text and no key.
    std::optional<unsigned> certificate_slot = std::nullopt;
};

/// The store over a TPM: the first slots lie in it, the others are files that only it can load. `tpm`
/// outlives it.
[[nodiscard]] std::unique_ptr<SlotStore> make_tpm_slot_store(tpm::Tpm& tpm, TpmSlotStoreOptions options);

}  // namespace device_agent::identity
