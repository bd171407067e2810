// SPDX-License-Identifier: Apache-2.0
// The `authenticationKey` of DPS: a key that it wrapped for one TPM. Six TPM structures in a row, each with a
// two-byte size, and nothing around them.
#pragma once

#include "foundation/bytes.hpp"
#include "tpm/tpm.hpp"

namespace device_agent::attestation {

/// Takes the blob apart and checks every length in it, and the kind of the key. The content that only a TPM
/// can judge is left to the TPM; the sixth field, an encrypted text that no client needs, is passed over.
///
/// Throws Error{tpm} that names the field at fault: "the key from DPS is malformed: field 2 (…) has length
/// 255, must be 256".
[[nodiscard]] tpm::CredentialedKey parse_dps_key_blob(ByteView blob);

}  // namespace device_agent::attestation
