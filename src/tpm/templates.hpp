// SPDX-License-Identifier: Apache-2.0
// The public areas that we have the TPM make keys from, and what somebody else's key looks like in words.
#pragma once

#include <tss2/tss2_tpm2_types.h>

#include <optional>
#include <string>

namespace device_agent::tpm {

/// TCG EK Credential Profile, template L-1: RSA-2048, `unique` is 256 zero bytes. (Some SDKs leave `unique`
/// empty and so get another endorsement key than the one that the manufacturer's certificate is for.)
[[nodiscard]] TPM2B_PUBLIC endorsement_key_template();
/// TCG TPM v2.0 Provisioning Guidance, 7.5.1: RSA-2048 storage root key.
[[nodiscard]] TPM2B_PUBLIC storage_root_key_template();
/// An ECC P-256 storage key: cheap to make, for salting a session while there is no endorsement key.
[[nodiscard]] TPM2B_PUBLIC salt_key_template();
/// An HMAC-SHA256 key that never leaves this TPM.
[[nodiscard]] TPM2B_PUBLIC hmac_key_template();

/// Wrong guesses at an HMAC key's auth value must not lock the whole TPM, and nothing but HMACs may be made
/// with it.
inline constexpr TPMA_OBJECT hmac_key_attributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                                   TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA |
                                                   TPMA_OBJECT_SIGN_ENCRYPT;

/// What the key is, when it cannot serve in place of one made from the template ("an ECC NIST P-256 key");
/// nothing when it can. `unique` may differ.
[[nodiscard]] std::optional<std::string> difference(const TPMT_PUBLIC& key, const TPMT_PUBLIC& expected);

}  // namespace device_agent::tpm
