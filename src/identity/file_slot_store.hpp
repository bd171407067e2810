// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "identity/slot_store.hpp"

#include <filesystem>
#include <memory>

namespace device_agent::identity {

/// The store of boards without a TPM, `"identityStore": "file"`: each slot is a file `slot-N` (0600) of the
/// state directory, with its key in clear. Who can read the folder has every identity, so a folder or a file
/// that others may reach is an Error{configuration}. A key that was duplicated to a TPM cannot be kept here.
[[nodiscard]] std::unique_ptr<SlotStore> make_file_slot_store(std::filesystem::path state_directory);

}  // namespace device_agent::identity
