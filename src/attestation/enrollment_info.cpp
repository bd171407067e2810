// SPDX-License-Identifier: Apache-2.0
#include "attestation/enrollment_info.hpp"

#include "foundation/encoding.hpp"

#include <nlohmann/json.hpp>

namespace device_agent::attestation {
namespace {

using Json = nlohmann::ordered_json;

// The word of the enrollment, as Attestation::kind() says it.
std::string kind_of(const EnrollmentInfo& info) {
    if (std::holds_alternative<Bytes>(info.attestation)) return "tpm";
    return std::holds_alternative<CertificateFacts>(info.attestation) ? "x509" : "symmetricKey";
}

struct AsJson {
    Json operator()(const Bytes& endorsement_key) const {
        return {{"type", "tpm"}, {"tpm", {{"endorsementKey", base64_encode(endorsement_key)}}}};
    }
    Json operator()(const CertificateFacts& certificate) const {
        return {{"type", "x509"},
                {"x509", {{"clientCertificates", {{"primary", {{"certificate", certificate.pem}}}}}}}};
    }
    Json operator()(SymmetricKeyInfo) const { return {{"type", "symmetricKey"}}; }
};

struct AsText {
    std::string operator()(const Bytes& endorsement_key) const {
        return "Endorsement key:  " + base64_encode(endorsement_key) + "\n";
    }
    std::string operator()(const CertificateFacts& certificate) const {
        return "Subject:          " + certificate.subject + "\nIssuer:           " + certificate.issuer +
               "\nSHA-1:            " + certificate.sha1_thumbprint +
               "\nSHA-256:          " + certificate.sha256_thumbprint +
               "\nCertificates:     " + std::to_string(certificate.chain_length) + "\n";
    }
    std::string operator()(SymmetricKeyInfo) const { return {}; }
};

Json individual_enrollments(const EnrollmentInfo& info) {
    Json enrollment;
    enrollment["registrationId"] = info.registration_id;
    enrollment["attestation"] = std::visit(AsJson{}, info.attestation);
    return Json::array({std::move(enrollment)});
}

}  // namespace

std::string to_text(const EnrollmentInfo& info) {
    return "Registration id:  " + info.registration_id + "\nAttestation:      " + kind_of(info) + "\n" +
           std::visit(AsText{}, info.attestation);
}

std::string to_json(const EnrollmentInfo& info) {
    return individual_enrollments(info).dump(2) + "\n";
}

std::string to_compact_json(const EnrollmentInfo& info) {
    return individual_enrollments(info).dump();
}

// No value needs quotes: an id is letters, digits and `: . _ -`, and base64 has no commas either.
std::string to_csv(const EnrollmentInfo& info) {
    const auto* endorsement_key = std::get_if<Bytes>(&info.attestation);
    return "registrationId,attestation,endorsementKey\n" + info.registration_id + "," + kind_of(info) + "," +
           (endorsement_key == nullptr ? std::string() : base64_encode(*endorsement_key)) + "\n";
}

}  // namespace device_agent::attestation
