// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/attestation.hpp"

#include "emulator/dps/device_token.hpp"
#include "emulator/dps/enrollment_store.hpp"
#include "emulator/dps/refusal.hpp"
#include "emulator/dps/symmetric_key_attestation.hpp"
#include "emulator/dps/x509_attestation.hpp"

namespace emulator::dps {
namespace {

using store::Transaction;

Refusal not_found() {
    return {RefusalCode::enrollment_not_found, "Enrollment not found"};
}

}  // namespace

void Attestation::attest_without_tpm(Attested& attested, const Caller& caller) const {
    const auto& mechanism = attested.enrollment.mechanism;
    if (const auto* keys = std::get_if<SymmetricKeyMechanism>(&mechanism)) {
        attested.authentication = attest_symmetric_key(caller, *keys, clock_.now());
    } else {
        auto proof = attest_certificate(caller, std::get<ClientCertificates>(mechanism), clock_.now());
        attested.authentication = std::move(proof.authentication);
        attested.evidence = std::move(proof.evidence);
    }
}

Attested Attestation::attest_group(Transaction& transaction, const Caller& caller) const {
    const auto groups = list_enrollments(transaction, EnrollmentKind::group, "", most_groups);
    std::optional<GroupProof> proof;
    if (!caller.token.empty()) proof = attest_group_key(caller, groups, clock_.now());
    if (!proof && !caller.certificates.empty())
        proof = attest_group_chain(transaction, caller, groups, clock_.now());
    if (!proof) throw not_found();
    return {.enrollment = *proof->group,
            .registration_id = caller.registration_id,
            .authentication = std::move(proof->authentication),
            .evidence = std::move(proof->evidence)};
}

std::variant<Attested, http::Response> Attestation::attest(Transaction& transaction, const Caller& caller,
                                                           const DeviceRegistration& registration) {
    auto enrollment = find_enrollment(transaction, EnrollmentKind::individual, caller.registration_id);
    if (!enrollment) return attest_group(transaction, caller);
    const auto id = enrollment->id;
    Attested attested{.enrollment = std::move(*enrollment), .registration_id = id};
    if (!attested.enrollment.enabled) return attested;
    if (const auto* tpm = std::get_if<TpmMechanism>(&attested.enrollment.mechanism)) {
        auto result = tpm_.attest(caller, *tpm, registration);
        if (auto* challenge = std::get_if<http::Response>(&result)) return std::move(*challenge);
        attested.tpm = std::move(std::get<TpmProof>(result));
    } else {
        attest_without_tpm(attested, caller);
    }
    return attested;
}

Attested Attestation::attest_again(Transaction& transaction, const Caller& caller,
                                   const device_agent::SecretBytes* challenge_key) const {
    auto enrollment = find_enrollment(transaction, EnrollmentKind::individual, caller.registration_id);
    if (!enrollment) return attest_group(transaction, caller);
    const auto id = enrollment->id;
    Attested attested{.enrollment = std::move(*enrollment), .registration_id = id};
    if (!attested.enrollment.enabled) return attested;
    if (std::holds_alternative<TpmMechanism>(attested.enrollment.mechanism)) {
        if (challenge_key == nullptr) throw Refusal(RefusalCode::not_found, "Operation not found");
        require_device_token(caller, *challenge_key, clock_.now());
    } else {
        attest_without_tpm(attested, caller);
    }
    return attested;
}

}  // namespace emulator::dps
