// SPDX-License-Identifier: Apache-2.0
// Attestation by a symmetric key: the one of an individual enrollment, or one derived from a group's.
#pragma once

#include "attestation/attestation.hpp"

#include <filesystem>
#include <string_view>

namespace device_agent::attestation {

/// The key in a file: base64, with or without a newline at the end. Throws Error{configuration} that never
/// quotes the content.
[[nodiscard]] SecretBytes read_symmetric_key(const std::filesystem::path& file);

/// The key of one device of an enrollment group: HMAC-SHA256 of its registration id by the group's key.
/// https://learn.microsoft.com/azure/iot-dps/concepts-symmetric-key-attestation
[[nodiscard]] SecretBytes derive_device_key(const SecretBytes& group_key, std::string_view registration_id);

class SymmetricKeyAttestation final : public Attestation {
public:
    explicit SymmetricKeyAttestation(SecretBytes key) noexcept : key_(std::move(key)) {}

    [[nodiscard]] std::string kind() const override { return "symmetricKey"; }
    [[nodiscard]] Evidence evidence() override { return {std::nullopt, key_}; }
    [[nodiscard]] Sha256 answer(ByteView challenge, ByteView data) override;
    /// The key of the enrollment is the key in the hub, too.
    [[nodiscard]] std::optional<DeviceKey> device_key(const std::optional<Bytes>& granted) override;

private:
    SecretBytes key_;
};

}  // namespace device_agent::attestation
