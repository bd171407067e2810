// SPDX-License-Identifier: Apache-2.0
// The file `slot-N` (a slot that does not lie in the TPM) or `slot-N.next` (content that waits to take slot
// N).
#pragma once

#include "foundation/secret.hpp"
#include "identity/identity.hpp"
#include "tpm/tpm.hpp"

#include <filesystem>
#include <optional>
#include <variant>

namespace device_agent::identity {

/// A key that only one TPM can load.
struct WrappedSlotKey {
    tpm::WrappedKey key;
    Bytes parent;  ///< TPM name of the storage root key under which the key is wrapped: no other can load it

    friend bool operator==(const WrappedSlotKey&, const WrappedSlotKey&) = default;
};
/// No key: the device's certificate proves the identity.
struct ByCertificate {
    friend bool operator==(const ByCertificate&, const ByCertificate&) = default;
};
/// What proves the identity of a slot: a key wrapped by a TPM, a key in clear, or a certificate.
using SlotProof = std::variant<WrappedSlotKey, SecretBytes, ByCertificate>;

struct SlotFile {
    Identity identity;
    SlotProof proof;
};

[[nodiscard]] std::filesystem::path slot_path(const std::filesystem::path& state_directory, unsigned slot);
[[nodiscard]] std::filesystem::path staged_path(const std::filesystem::path& state_directory, unsigned slot);

/// Nothing when there is no such file. Throws Error{state} that names the file when it cannot be understood.
[[nodiscard]] std::optional<SlotFile> read_slot_file(const std::filesystem::path& path);
/// Durable when it returns. Throws Error{state}.
void write_slot_file(const std::filesystem::path& path, const SlotFile& content);

}  // namespace device_agent::identity
