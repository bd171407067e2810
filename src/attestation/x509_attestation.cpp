// SPDX-License-Identifier: Apache-2.0
#include "attestation/x509_attestation.hpp"

#include "foundation/error.hpp"

namespace device_agent::attestation {

Sha256 X509Attestation::answer(ByteView /*challenge*/, ByteView /*data*/) {
    throw Error(
        ErrorCode::refused,
        "DPS asks for an answer by a TPM, and this device attests by a certificate: the enrollment is "
        "of another kind than attestation.type in the configuration");
}

}  // namespace device_agent::attestation
