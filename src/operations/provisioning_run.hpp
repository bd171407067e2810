// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attestation/attestation.hpp"
#include "attestation/client_certificate.hpp"
#include "operations/device.hpp"
#include "provisioning/provisioner.hpp"

#include <memory>
#include <optional>

namespace device_agent::operations {

/// What may be asked for beyond what the configuration wants.
struct Wishes {
    bool register_anew = false;
    bool verify = false;
    bool prune = false;
};

/// One run of the provisioner on a device, with what it attests by. Threading: one thread.
class ProvisioningRun {
public:
    /// Computes the registration id; reaches the TPM. `device` outlives it.
    ProvisioningRun(const Device& device, const Wishes& wishes, provisioning::Progress progress);
    ProvisioningRun(const ProvisioningRun&) = delete;
    ProvisioningRun& operator=(const ProvisioningRun&) = delete;

    [[nodiscard]] provisioning::Provisioner& provisioner() noexcept { return *provisioner_; }

private:
    [[nodiscard]] std::unique_ptr<cloud::HttpClient> connect();

    const Device& device_;
    std::unique_ptr<attestation::Attestation> attestation_;
    std::optional<attestation::ClientCertificate> certificate_;
    std::optional<provisioning::Provisioner> provisioner_;
};

}  // namespace device_agent::operations
