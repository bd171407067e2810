// SPDX-License-Identifier: Apache-2.0
// What an enrollment lets its devices prove themselves with.
#pragma once

#include "foundation/bytes.hpp"
#include "foundation/secret.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <variant>

namespace emulator::dps {

enum class EnrollmentKind { individual, group };

struct TpmMechanism {
    device_agent::Bytes endorsement_key;  ///< TPM2B_PUBLIC with its size
};

/// Base64. Of a group: what its devices' keys are derived from.
struct SymmetricKeyMechanism {
    device_agent::SecretText primary_key;
    device_agent::SecretText secondary_key;
};

/// In DER; the secondary one is empty when there is none.
struct CertificatePair {
    device_agent::Bytes primary;
    device_agent::Bytes secondary;
};
struct ClientCertificates : CertificatePair {};   ///< the device's own
struct SigningCertificates : CertificatePair {};  ///< of authorities, most often intermediate ones

/// Names of authorities that were uploaded; the secondary one is empty when there is none.
struct CaReferences {
    std::string primary;
    std::string secondary;
};

using AttestationMechanism =
    std::variant<TpmMechanism, SymmetricKeyMechanism, ClientCertificates, SigningCertificates, CaReferences>;

/// Reads the member `attestation` of an enrollment of that kind. What the services leave out when they show
/// an enrollment (keys, certificates) is taken from `present` when it is of the same type, as whoever reads
/// and writes an enrollment means it; symmetric keys that are nowhere are made. Throws FormatError that names
/// the member.
[[nodiscard]] AttestationMechanism parse_attestation(const nlohmann::json& body, EnrollmentKind kind,
                                                     const AttestationMechanism* present);

/// As an enrollment shows it: keys and certificates are left out, what certificates say is there.
[[nodiscard]] nlohmann::json to_json(const AttestationMechanism& mechanism);

/// All of it: for the operation that asks for it, and for the database.
[[nodiscard]] nlohmann::json to_json_with_secrets(const AttestationMechanism& mechanism);

}  // namespace emulator::dps
