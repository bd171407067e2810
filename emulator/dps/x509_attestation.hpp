// SPDX-License-Identifier: Apache-2.0
// Attestation by X.509: the certificate of the TLS client is the enrolled one, or leads to a group's
// authority.
#pragma once

#include "emulator/dps/caller.hpp"
#include "emulator/dps/group_proof.hpp"
#include "emulator/store/database.hpp"

#include <optional>
#include <vector>

namespace emulator::dps {

struct CertificateProof {
    hub::Authentication authentication;
    nlohmann::json evidence;
};

/// The certificate is the primary or the secondary one, named as the registration, and not expired. Throws
/// Refusal (401).
[[nodiscard]] CertificateProof attest_certificate(const Caller& caller, const ClientCertificates& enrolled,
                                                  device_agent::WallTime now);

/// Where several groups fit, the one whose authority is nearest to the device's own certificate. Nothing when
/// no group attests by X.509. Throws Refusal (401) when there are some and none fits.
[[nodiscard]] std::optional<GroupProof> attest_group_chain(store::Transaction& transaction,
                                                           const Caller& caller,
                                                           const std::vector<Enrollment>& groups,
                                                           device_agent::WallTime now);

}  // namespace emulator::dps
