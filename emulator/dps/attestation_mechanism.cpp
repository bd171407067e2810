// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/attestation_mechanism.hpp"

#include "emulator/certificates/certificate.hpp"
#include "emulator/dps/certificate_info.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/tpm/storage_key.hpp"
#include "emulator/unique_id.hpp"
#include "foundation/encoding.hpp"

namespace emulator::dps {
namespace {

using device_agent::Bytes;
using device_agent::SecretText;

template <typename... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

TpmMechanism parse_tpm(const nlohmann::json& attestation) {
    const auto* tpm = http::object_member(attestation, "tpm");
    const auto text = tpm == nullptr ? std::nullopt : http::text_member(*tpm, "endorsementKey");
    if (!text) throw FormatError("attestation.tpm.endorsementKey is missing");
    auto key = device_agent::base64_decode(*text);
    if (!key) throw FormatError("attestation.tpm.endorsementKey is not base64");
    try {
        static_cast<void>(tpm::parse_storage_key(*key));
    } catch (const FormatError& error) {
        throw FormatError(std::string("attestation.tpm.endorsementKey is not an endorsement key: ") +
                          error.what());
    }
    return {std::move(*key)};
}

SecretText parse_key(const nlohmann::json* keys, const char* name, const SecretText& present) {
    const auto text = keys == nullptr ? std::nullopt : http::text_member(*keys, name);
    if (!text || text->empty()) return present.empty() ? SecretText(new_base64_key()) : present;
    const auto key = device_agent::base64_decode_secret(*text);
    if (!key || key->size() < 16 || key->size() > 64) {
        throw FormatError(std::string("attestation.symmetricKey.") + name +
                          " is not base64 of 16 to 64 bytes");
    }
    return SecretText(*text);
}

SymmetricKeyMechanism parse_symmetric_key(const nlohmann::json& attestation,
                                          const AttestationMechanism* present) {
    const SymmetricKeyMechanism none;
    const auto* before = present == nullptr ? nullptr : std::get_if<SymmetricKeyMechanism>(present);
    if (before == nullptr) before = &none;
    const auto* keys = http::object_member(attestation, "symmetricKey");
    return {parse_key(keys, "primaryKey", before->primary_key),
            parse_key(keys, "secondaryKey", before->secondary_key)};
}

// A certificate is {"certificate": text}; one that was read from the service is {"info": {…}} alone.
Bytes parse_certificate(const nlohmann::json& pair, const std::string& where, const char* which,
                        const Bytes& present) {
    const auto* object = http::object_member(pair, which);
    if (object == nullptr) return {};
    const auto name = where + "." + which;
    const auto text = http::text_member(*object, "certificate");
    if (!text || text->empty()) {
        if (object->contains("info") && !present.empty()) return present;
        throw FormatError(name + ".certificate is missing");
    }
    try {
        return certificates::Certificate::from_text(*text).der();
    } catch (const FormatError& error) {
        throw FormatError(name + ".certificate: " + error.what());
    }
}

template <typename Pair>
Pair parse_pair(const nlohmann::json& pair, const std::string& where, const AttestationMechanism* present) {
    const Pair none;
    const auto* before = present == nullptr ? nullptr : std::get_if<Pair>(present);
    if (before == nullptr) before = &none;
    Pair parsed;
    parsed.primary = parse_certificate(pair, where, "primary", before->primary);
    parsed.secondary = parse_certificate(pair, where, "secondary", before->secondary);
    if (parsed.primary.empty()) throw FormatError(where + ".primary is missing");
    return parsed;
}

void require_authority(const Bytes& der) {
    if (der.empty() || certificates::Certificate::from_der(der).is_authority()) return;
    throw FormatError(
        "attestation.x509.signingCertificates has a certificate that is not one of an authority (its basic "
        "constraints do not say CA)");
}

CaReferences parse_references(const nlohmann::json& references) {
    CaReferences parsed{http::text_member(references, "primary").value_or(""),
                        http::text_member(references, "secondary").value_or("")};
    if (parsed.primary.empty()) throw FormatError("attestation.x509.caReferences.primary is missing");
    return parsed;
}

AttestationMechanism parse_x509(const nlohmann::json& attestation, EnrollmentKind kind,
                                const AttestationMechanism* present) {
    const auto* x509 = http::object_member(attestation, "x509");
    if (x509 == nullptr) throw FormatError("attestation.x509 is missing");
    const auto* clients = http::object_member(*x509, "clientCertificates");
    const auto* signers = http::object_member(*x509, "signingCertificates");
    const auto* references = http::object_member(*x509, "caReferences");
    const int ways =
        (clients == nullptr ? 0 : 1) + (signers == nullptr ? 0 : 1) + (references == nullptr ? 0 : 1);
    if (ways != 1) {
        throw FormatError(
            "attestation.x509 has exactly one of clientCertificates, signingCertificates and caReferences");
    }
    if ((kind == EnrollmentKind::individual) != (clients != nullptr)) {
        throw FormatError(kind == EnrollmentKind::individual
                              ? "attestation.x509 of an individual enrollment has clientCertificates"
                              : "attestation.x509 of a group has signingCertificates or caReferences");
    }
    if (clients != nullptr)
        return parse_pair<ClientCertificates>(*clients, "attestation.x509.clientCertificates", present);
    if (references != nullptr) return parse_references(*references);
    auto pair = parse_pair<SigningCertificates>(*signers, "attestation.x509.signingCertificates", present);
    require_authority(pair.primary);
    require_authority(pair.secondary);
    return pair;
}

nlohmann::json certificate_json(const Bytes& der, bool with_certificate) {
    if (der.empty()) return nullptr;
    nlohmann::json json{{"info", certificate_info(certificates::Certificate::from_der(der))}};
    if (with_certificate) json["certificate"] = device_agent::base64_encode(der);
    return json;
}

nlohmann::json to_json(const AttestationMechanism& mechanism, bool with_secrets) {
    const auto pair = [&](const char* name, const CertificatePair& certificates) {
        return nlohmann::json{{"type", "x509"},
                              {"x509",
                               {{name,
                                 {{"primary", certificate_json(certificates.primary, with_secrets)},
                                  {"secondary", certificate_json(certificates.secondary, with_secrets)}}}}}};
    };
    const auto key = [&](const SecretText& text) {
        return with_secrets ? nlohmann::json(text.view()) : nlohmann::json();
    };
    return std::visit(
        Overloaded{
            [](const TpmMechanism& tpm) {
                return nlohmann::json{{"type", "tpm"},
                                      {"tpm",
                                       {{"endorsementKey", device_agent::base64_encode(tpm.endorsement_key)},
                                        {"storageRootKey", nullptr}}}};
            },
            [&](const SymmetricKeyMechanism& keys) {
                return nlohmann::json{
                    {"type", "symmetricKey"},
                    {"symmetricKey",
                     {{"primaryKey", key(keys.primary_key)}, {"secondaryKey", key(keys.secondary_key)}}}};
            },
            [&](const ClientCertificates& clients) { return pair("clientCertificates", clients); },
            [&](const SigningCertificates& signers) { return pair("signingCertificates", signers); },
            [](const CaReferences& references) {
                return nlohmann::json{{"type", "x509"},
                                      {"x509",
                                       {{"caReferences",
                                         {{"primary", references.primary},
                                          {"secondary", references.secondary.empty()
                                                            ? nlohmann::json()
                                                            : nlohmann::json(references.secondary)}}}}}};
            }},
        mechanism);
}

}  // namespace

AttestationMechanism parse_attestation(const nlohmann::json& body, EnrollmentKind kind,
                                       const AttestationMechanism* present) {
    const auto* attestation = http::object_member(body, "attestation");
    if (attestation == nullptr) throw FormatError("attestation is missing");
    const auto type = http::text_member(*attestation, "type").value_or("");
    if (type == "symmetricKey") return parse_symmetric_key(*attestation, present);
    if (type == "x509") return parse_x509(*attestation, kind, present);
    if (type != "tpm")
        throw FormatError("attestation.type is '" + type + "', and none of tpm, x509 and symmetricKey");
    if (kind == EnrollmentKind::group) throw FormatError("attestation.type of a group cannot be tpm");
    return parse_tpm(*attestation);
}

nlohmann::json to_json(const AttestationMechanism& mechanism) {
    return to_json(mechanism, false);
}
nlohmann::json to_json_with_secrets(const AttestationMechanism& mechanism) {
    return to_json(mechanism, true);
}

}  // namespace emulator::dps
