// SPDX-License-Identifier: Apache-2.0
#include "operations/attesting.hpp"

#include "attestation/registration_id.hpp"
#include "attestation/symmetric_key_attestation.hpp"
#include "attestation/tpm_attestation.hpp"
#include "attestation/x509_attestation.hpp"
#include "foundation/digest.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/encoding.hpp"
#include "foundation/error.hpp"
#include "tpm/esys_tpm.hpp"

namespace device_agent::operations {
namespace {

using attestation::EnrollmentInfo;
using config::AttestationType;

Bytes endorsement_key_of(tpm::Tpm& tpm) {
    return tpm.with([](tpm::Sequence& sequence) { return sequence.endorsement_key(); });
}

EnrollmentInfo by_tpm(const std::string& configured, tpm::Tpm* tpm) {
    if (tpm == nullptr) {
        throw Error(
            ErrorCode::configuration,
            "there is no attestation: attestation.type is \"tpm\", and with identityStore \"file\" no TPM "
            "is used; set attestation.type to \"x509\" or \"symmetricKey\"");
    }
    auto key = endorsement_key_of(*tpm);
    auto id = configured.empty() ? attestation::registration_id_of(key)
                                 : attestation::expand_registration_id(configured);
    return {std::move(id), std::move(key)};
}

EnrollmentInfo by_certificate(const std::string& configured, const std::filesystem::path& file) {
    auto facts = attestation::read_certificate_facts(file);
    auto id = configured.empty() ? facts.common_name : attestation::expand_registration_id(configured);
    if (id != facts.common_name) {
        throw Error(ErrorCode::configuration,
                    "registrationId: '" + id + "' is not the common name of the certificate in " +
                        file.string() + " ('" + facts.common_name +
                        "'), and DPS takes no other: leave registrationId out, or use the device's own "
                        "certificate");
    }
    if (!attestation::is_valid_registration_id(id)) {
        throw Error(ErrorCode::configuration,
                    "attestation.certificate: the common name '" + id + "' of the certificate in " +
                        file.string() +
                        " is no registration id (1 to 128 of A-Z, a-z, 0-9 and : . _ -, a letter or a digit "
                        "first and last): have a certificate made with one that is");
    }
    return {std::move(id), std::move(facts)};
}

// A key in the TPM keeps a connection open for as long as it may be used. Without a resource manager that is
// the only one there is.
void make_way_for_key(const config::TpmSettings& settings, const tpm::Tpm* tpm, Clock& clock) {
    if (tpm::has_resource_manager(settings.tcti)) return;
    if (tpm != nullptr) {
        throw Error(
            ErrorCode::configuration,
            "attestation.privateKey is in the TPM, and so are the slots: at '" + settings.tcti +
                "' (tpm.tcti) the TPM serves one of them at a time; use device:/dev/tpmrm0, whose resource "
                "manager serves both");
    }
    tpm::open({settings.tcti, {}, {}}, clock)->flush_leftovers();
}

}  // namespace

EnrollmentInfo enrollment_info(const config::Configuration& configuration, tpm::Tpm* tpm) {
    const auto& settings = configuration.attestation;
    const auto& configured = configuration.registration_id;
    if (settings.type == AttestationType::tpm) return by_tpm(configured, tpm);
    if (settings.type == AttestationType::x509) return by_certificate(configured, settings.certificate);
    return {attestation::expand_registration_id(configured), attestation::SymmetricKeyInfo{}};
}

std::unique_ptr<attestation::Attestation> make_attestation(const config::Configuration& configuration,
                                                           const std::string& registration_id,
                                                           tpm::Tpm* tpm) {
    const auto& settings = configuration.attestation;
    if (settings.type == AttestationType::tpm) return std::make_unique<attestation::TpmAttestation>(*tpm);
    if (settings.type == AttestationType::x509) return std::make_unique<attestation::X509Attestation>();
    auto key = attestation::read_symmetric_key(settings.key_file);
    if (settings.group) key = attestation::derive_device_key(key, registration_id);
    return std::make_unique<attestation::SymmetricKeyAttestation>(std::move(key));
}

std::optional<attestation::ClientCertificate> client_certificate(const config::Configuration& configuration,
                                                                 const tpm::Tpm* tpm, Clock& clock) {
    const auto& settings = configuration.attestation;
    if (settings.type != AttestationType::x509) return std::nullopt;
    if (attestation::is_tpm_key_file(settings.private_key)) make_way_for_key(configuration.tpm, tpm, clock);
    return attestation::read_client_certificate(settings.certificate, settings.private_key,
                                                configuration.tpm.tcti);
}

std::string machine_digest(const EnrollmentInfo& info, tpm::Tpm* tpm) {
    if (const auto* key = std::get_if<Bytes>(&info.attestation)) return attestation::registration_id_of(*key);
    if (tpm != nullptr) return attestation::registration_id_of(endorsement_key_of(*tpm));
    // Hashed, since the id itself is not to be spread (machine-id(5)).
    const auto id = read_file("/etc/machine-id").value_or("");
    return id.empty() ? std::string() : base32_encode(sha256(as_bytes("device-agent " + id)));
}

}  // namespace device_agent::operations
