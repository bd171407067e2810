// SPDX-License-Identifier: Apache-2.0
// Attestation by an X.509 certificate.
#pragma once

#include "attestation/attestation.hpp"

namespace device_agent::attestation {

/// The evidence is the connection itself, by mutual TLS with a ClientCertificate: nothing is said or signed
/// above it.
class X509Attestation final : public Attestation {
public:
    [[nodiscard]] std::string kind() const override { return "x509"; }
    [[nodiscard]] Evidence evidence() override { return {}; }
    [[nodiscard]] Sha256 answer(ByteView challenge, ByteView data) override;
    [[nodiscard]] std::optional<DeviceKey> device_key(const std::optional<Bytes>& /*granted*/) override {
        return std::nullopt;
    }
};

}  // namespace device_agent::attestation
