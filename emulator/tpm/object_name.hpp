// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/bytes.hpp"

#include <string>

namespace emulator::tpm {

/// The TPM's name of an object with nameAlg SHA-256: the algorithm and the digest of its TPMT_PUBLIC (which
/// comes without the size of a TPM2B). Source: TPM 2.0 Library, part 1, section 16 (Names).
[[nodiscard]] device_agent::Bytes object_name(device_agent::ByteView tpmt_public);

/// The registration id that device SDKs derive from an endorsement key: lower-case unpadded base32 of the
/// SHA-256 of the TPM2B_PUBLIC, its two size bytes included.
[[nodiscard]] std::string derived_registration_id(device_agent::ByteView endorsement_key);

}  // namespace emulator::tpm
