// SPDX-License-Identifier: Apache-2.0
// Who a caller is: finds the enrollment that it belongs to, and checks what it proves itself with.
#pragma once

#include "emulator/dps/caller.hpp"
#include "emulator/dps/device_registration.hpp"
#include "emulator/dps/enrollment.hpp"
#include "emulator/dps/tpm_attestation.hpp"
#include "emulator/hub/identity.hpp"
#include "emulator/store/database.hpp"

namespace emulator::dps {

/// A caller that belongs to an enrollment, and how its hub will know it.
struct Attested {
    Enrollment enrollment;
    /// As first written, in the enrollment or by the device itself.
    std::string registration_id;
    /// Keys that are left out are the hub's to make.
    hub::Authentication authentication{};
    std::optional<TpmProof> tpm{};
    /// For registrationState: the members x509 or symmetricKey.
    nlohmann::json evidence = nlohmann::json::object();
};

/// Thread-safe.
class Attestation {
public:
    explicit Attestation(const device_agent::Clock& clock) : clock_(clock), tpm_(clock) {}

    /// An individual enrollment comes first; a caller without one belongs to the group that its token or its
    /// certificates prove. A disabled enrollment is given as it is: an individual one without a proof. Throws
    /// Refusal (401, 404), FormatError for a body or certificates that cannot be read.
    [[nodiscard]] std::variant<Attested, http::Response> attest(store::Transaction& transaction,
                                                                const Caller& caller,
                                                                const DeviceRegistration& registration);

    /// The same for a poll, for which a TPM is not challenged again: it signs with the key of its last
    /// challenge. `challenge_key` is null when the caller never registered.
    [[nodiscard]] Attested attest_again(store::Transaction& transaction, const Caller& caller,
                                        const device_agent::SecretBytes* challenge_key) const;

private:
    [[nodiscard]] Attested attest_group(store::Transaction& transaction, const Caller& caller) const;
    void attest_without_tpm(Attested& attested, const Caller& caller) const;

    const device_agent::Clock& clock_;
    TpmAttestation tpm_;
};

}  // namespace emulator::dps
