// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/bytes.hpp"

namespace emulator::tpm {

/// The TPM2B_ID_OBJECT, with its size, that TPM2_MakeCredential would make: `secret` for the object named
/// `object_name`, protected by `seed` (32 bytes, itself sent under the endorsement key).
/// Source: TPM 2.0 Library, part 1, section 24; part 3, TPM2_MakeCredential.
[[nodiscard]] device_agent::Bytes make_credential_blob(device_agent::ByteView seed,
                                                       device_agent::ByteView object_name,
                                                       device_agent::ByteView secret);

}  // namespace emulator::tpm
