// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/x509_attestation.hpp"

#include "emulator/ascii.hpp"
#include "emulator/certificates/authority_store.hpp"
#include "emulator/certificates/chain.hpp"
#include "emulator/dps/certificate_info.hpp"
#include "emulator/dps/refusal.hpp"
#include "emulator/format_error.hpp"

namespace emulator::dps {
namespace {

using certificates::Certificate;
using certificates::Chain;

Chain chain_of(const Caller& caller) {
    if (caller.certificates.empty())
        throw unauthorized("the enrollment wants a certificate, and the TLS client showed none");
    try {
        return certificates::parse_chain(caller.certificates);
    } catch (const FormatError& error) {
        throw unauthorized(std::string("the TLS client's certificates cannot be read: ") + error.what());
    }
}

void check_leaf(const Certificate& leaf, const Caller& caller, device_agent::WallTime now) {
    const auto name = leaf.common_name();
    if (!equal_ignoring_case(name, caller.registration_id)) {
        throw unauthorized("the certificate's common name is \"" + name + "\", not the registration id");
    }
    if (const auto reason = certificates::reason_against_life(leaf, now)) throw unauthorized(*reason);
}

// The hub knows the device by the certificate that it showed, whoever vouched for that.
hub::Authentication by_thumbprints(const std::string& primary, const std::string& secondary) {
    return {.type = hub::AuthenticationType::self_signed,
            .primary_thumbprint = primary,
            .secondary_thumbprint = secondary};
}

std::vector<Certificate> uploaded(store::Transaction& transaction, const CaReferences& references) {
    std::vector<Certificate> trusted;
    for (const auto* name : {&references.primary, &references.secondary}) {
        if (name->empty()) continue;
        auto authority = certificates::find_authority(transaction, *name);
        if (authority && authority->verified) trusted.push_back(std::move(authority->certificate));
    }
    return trusted;
}

std::vector<Certificate> authorities_of(store::Transaction& transaction, const Enrollment& group) {
    if (const auto* references = std::get_if<CaReferences>(&group.mechanism))
        return uploaded(transaction, *references);
    std::vector<Certificate> trusted;
    if (const auto* signers = std::get_if<SigningCertificates>(&group.mechanism)) {
        trusted.push_back(Certificate::from_der(signers->primary));
        if (!signers->secondary.empty()) trusted.push_back(Certificate::from_der(signers->secondary));
    }
    return trusted;
}

bool attests_by_chain(const Enrollment& group) {
    return std::holds_alternative<CaReferences>(group.mechanism) ||
           std::holds_alternative<SigningCertificates>(group.mechanism);
}

}  // namespace

CertificateProof attest_certificate(const Caller& caller, const ClientCertificates& enrolled,
                                    device_agent::WallTime now) {
    const auto chain = chain_of(caller);
    const auto& leaf = chain.front();
    if (leaf.der() != enrolled.primary && leaf.der() != enrolled.secondary)
        throw unauthorized("the certificate is neither of those of the enrollment");
    check_leaf(leaf, caller, now);
    const auto thumbprint = [](const device_agent::Bytes& der) {
        return Certificate::from_der(der).sha256_thumbprint();
    };
    const auto primary = thumbprint(enrolled.primary);
    return {by_thumbprints(primary, enrolled.secondary.empty() ? primary : thumbprint(enrolled.secondary)),
            {{"x509", {{"certificateInfo", certificate_info(leaf)}}}}};
}

std::optional<GroupProof> attest_group_chain(store::Transaction& transaction, const Caller& caller,
                                             const std::vector<Enrollment>& groups,
                                             device_agent::WallTime now) {
    std::optional<Chain> chain;
    const Enrollment* nearest = nullptr;
    certificates::ChainVerdict best;
    std::string reason;
    for (const auto& group : groups) {
        if (!attests_by_chain(group)) continue;
        if (!chain) chain = chain_of(caller);
        const auto authorities = authorities_of(transaction, group);
        if (authorities.empty()) {
            reason = "group " + group.id + ": its authorities are not uploaded, or not verified";
            continue;
        }
        auto verdict = certificates::verify_chain(*chain, authorities, now);
        if (!verdict.reason.empty()) {
            reason = "group " + group.id + ": " + verdict.reason;
        } else if (verdict.distance == 0) {
            reason = "group " + group.id + ": the certificate is the authority's own";
        } else if (nearest == nullptr || verdict.distance < best.distance) {
            nearest = &group;
            best = std::move(verdict);
        }
    }
    if (!chain) return std::nullopt;
    if (nearest == nullptr)
        throw unauthorized("no group's authority vouches for the certificate (" + reason + ")");
    const auto& leaf = chain->front();
    check_leaf(leaf, caller, now);
    const auto thumbprint = leaf.sha256_thumbprint();
    return GroupProof{.group = nearest,
                      .authentication = by_thumbprints(thumbprint, thumbprint),
                      .evidence = {{"x509",
                                    {{"certificateInfo", certificate_info(leaf)},
                                     {"enrollmentGroupId", nearest->id},
                                     {"signingCertificateInfo",
                                      certificate_info(Certificate::from_der(best.authority))}}}}};
}

}  // namespace emulator::dps
