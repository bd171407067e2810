// SPDX-License-Identifier: Apache-2.0
// The registration id: the name by which DPS knows a machine.
#pragma once

#include "foundation/bytes.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace device_agent::attestation {

/// The id that Azure's SDKs derive from a TPM: lower-case unpadded base32 of SHA-256 over the endorsement
/// key's TPM2B_PUBLIC with its two-byte size; 52 characters.
[[nodiscard]] std::string registration_id_of(ByteView endorsement_key);

/// DPS's rule: 1 to 128 of A-Z, a-z, 0-9 and `: . _ -`, a letter or digit first and last.
[[nodiscard]] bool is_valid_registration_id(std::string_view id) noexcept;

/// A configured registration id with its placeholders replaced by what tells this machine from others:
/// `${dmi:product_serial}`, `${dt:serial-number}`, `${mac:IFACE}`, `${machine-id}`. `root` is where the file
/// system begins. A value that is missing, empty, or that breaks DPS's rule is an Error{configuration}: it is
/// never altered, since two machines might end with one id.
[[nodiscard]] std::string expand_registration_id(std::string_view text,
                                                 const std::filesystem::path& root = "/");

}  // namespace device_agent::attestation
