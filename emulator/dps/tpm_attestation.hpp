// SPDX-License-Identifier: Apache-2.0
// Attestation by TPM: which machine this is, proven by a key that only its TPM can open.
#pragma once

#include "emulator/dps/attestation_mechanism.hpp"
#include "emulator/dps/caller.hpp"
#include "emulator/dps/device_registration.hpp"
#include "emulator/http/message.hpp"
#include "emulator/tpm/storage_key.hpp"
#include "foundation/clock.hpp"
#include "foundation/secret.hpp"

#include <map>
#include <mutex>
#include <variant>

namespace emulator::dps {

/// What a machine has shown: that both keys are those of one TPM.
struct TpmProof {
    tpm::StorageKey endorsement_key;
    tpm::StorageKey storage_root_key;
    device_agent::SecretBytes signing_key;  ///< of the challenge: it also signs what follows
};

/// Makes challenges, remembers them, and checks the answers. Thread-safe. Challenges do not survive a
/// restart: the device registers anew then.
class TpmAttestation {
public:
    explicit TpmAttestation(const device_agent::Clock& clock) : clock_(clock) {}

    /// The proof, or the challenge to send: the 401 that carries the key, when the caller has no token.
    /// Throws Refusal (401) for another machine or a wrong token, FormatError for keys that cannot be used.
    [[nodiscard]] std::variant<TpmProof, http::Response> attest(const Caller& caller,
                                                                const TpmMechanism& enrolled,
                                                                const DeviceRegistration& registration);

private:
    struct Challenge {
        TpmProof expected;
        device_agent::WallTime expiry;
    };

    http::Response challenge(const std::string& resource, TpmProof proof);
    [[nodiscard]] TpmProof pending(const std::string& resource) const;

    const device_agent::Clock& clock_;
    mutable std::mutex mutex_;
    /// By resource in lower case. Bounded by the enrollments: only a machine that is enrolled gets one.
    std::map<std::string, Challenge> challenges_;
};

}  // namespace emulator::dps
