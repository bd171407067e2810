// SPDX-License-Identifier: Apache-2.0
// The file `record.json` in the state directory: what the slots themselves do not tell. A device without it
// works; it then only does not know what it was registered for, nor which modules it created.
#pragma once

#include "provisioning/binding.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace device_agent::provisioning {

struct Record {
    std::string
        machine;  ///< whose record this is: a digest of what is the machine's alone; empty when unknown
    std::optional<Binding> binding;         ///< what the identity in the device slot was assigned for
    std::optional<Binding> staged_binding;  ///< what the one that waits for the slot was assigned for
    /// The modules that this agent created in the hub, with the generation id that each had then: nothing
    /// else may ever be pruned.
    std::map<std::string, std::string> created_modules;
    /// "hub/device": whom `binding` and `staged_binding` were assigned to. Empty when unknown: earlier
    /// versions did not write it.
    std::string device = {};
    std::string staged_device = {};

    friend bool operator==(const Record&, const Record&) = default;
};

/// An empty record when there is no file. A damaged file is logged and taken as none: the slots are the
/// truth.
[[nodiscard]] Record read_record(const std::filesystem::path& state_directory);
/// Durable when it returns. Throws Error{state}.
void write_record(const std::filesystem::path& state_directory, const Record& record);

}  // namespace device_agent::provisioning
