// SPDX-License-Identifier: Apache-2.0
#include "attestation/symmetric_key_attestation.hpp"

#include "foundation/durable_file.hpp"
#include "foundation/encoding.hpp"
#include "foundation/error.hpp"

namespace device_agent::attestation {
namespace {

// The bounds of the service; a TPM takes no longer HMAC key either.
constexpr std::size_t shortest_key = 16;
constexpr std::size_t longest_key = 64;

}  // namespace

SecretBytes read_symmetric_key(const std::filesystem::path& file) {
    const auto text = read_secret_file(file).value_or(SecretText());
    auto word = text.view();
    if (word.ends_with('\n')) word.remove_suffix(1);
    if (word.ends_with('\r')) word.remove_suffix(1);
    auto key = base64_decode_secret(word);
    if (key && key->size() >= shortest_key && key->size() <= longest_key) return std::move(*key);
    throw Error(ErrorCode::configuration,
                "attestation.keyFile: " + file.string() +
                    " does not hold a symmetric key, which is 16 to 64 bytes in base64 on one line: copy the "
                    "primary or secondary key of the enrollment into it");
}

SecretBytes derive_device_key(const SecretBytes& group_key, std::string_view registration_id) {
    const Sha256 derived = hmac_sha256(group_key, as_bytes(registration_id));
    return {derived.begin(), derived.end()};
}

Sha256 SymmetricKeyAttestation::answer(ByteView /*challenge*/, ByteView /*data*/) {
    throw Error(ErrorCode::refused,
                "DPS asks for an answer by a TPM, and this device attests by a symmetric key: the enrollment "
                "is of another kind than attestation.type in the configuration");
}

std::optional<DeviceKey> SymmetricKeyAttestation::device_key(const std::optional<Bytes>& /*granted*/) {
    return key_;
}

}  // namespace device_agent::attestation
