// SPDX-License-Identifier: Apache-2.0
#include "attestation/enrollment_info.hpp"

#include "foundation/encoding.hpp"

#include <nlohmann/json.hpp>

namespace device_agent::attestation {
namespace {

nlohmann::ordered_json individual_enrollments(const EnrollmentInfo& info) {
    nlohmann::ordered_json enrollment;
    enrollment["registrationId"] = info.registration_id;
    enrollment["attestation"]["type"] = info.attestation;
    enrollment["attestation"]["tpm"]["endorsementKey"] = base64_encode(info.endorsement_key);
    return nlohmann::ordered_json::array({std::move(enrollment)});
}

}  // namespace

std::string to_text(const EnrollmentInfo& info) {
    return "Registration id:  " + info.registration_id + "\nAttestation:      " + info.attestation +
           "\nEndorsement key:  " + base64_encode(info.endorsement_key) + "\n";
}

std::string to_json(const EnrollmentInfo& info) {
    return individual_enrollments(info).dump(2) + "\n";
}

std::string to_compact_json(const EnrollmentInfo& info) {
    return individual_enrollments(info).dump();
}

// No value needs quotes: an id is letters, digits and `: . _ -`, and base64 has no commas either.
std::string to_csv(const EnrollmentInfo& info) {
    return "registrationId,attestation,endorsementKey\n" + info.registration_id + "," + info.attestation +
           "," + base64_encode(info.endorsement_key) + "\n";
}

}  // namespace device_agent::attestation
