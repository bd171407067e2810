// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/tpm_attestation.hpp"

#include "emulator/ascii.hpp"
#include "emulator/dps/device_token.hpp"
#include "emulator/dps/refusal.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/openssl_handles.hpp"
#include "emulator/tpm/authentication_key.hpp"
#include "foundation/encoding.hpp"

#include <openssl/rand.h>

namespace emulator::dps {
namespace {

constexpr std::chrono::minutes challenge_life{5};

tpm::StorageKey parse_key(const device_agent::Bytes& area, const char* name) {
    try {
        return tpm::parse_storage_key(area);
    } catch (const FormatError& error) {
        throw FormatError(std::string("tpm.") + name + ": " + error.what());
    }
}

// The endorsement key is compared before anything is made for the machine.
TpmProof parse_evidence(const DeviceRegistration::Tpm& evidence, const TpmMechanism& enrolled) {
    TpmProof proof;
    proof.endorsement_key = parse_key(evidence.endorsement_key, "endorsementKey");
    if (evidence.endorsement_key != enrolled.endorsement_key) {
        throw unauthorized("the endorsement key is not the one of the enrollment");
    }
    proof.storage_root_key = parse_key(evidence.storage_root_key, "storageRootKey");
    return proof;
}

}  // namespace

std::variant<TpmProof, http::Response> TpmAttestation::attest(const Caller& caller,
                                                              const TpmMechanism& enrolled,
                                                              const DeviceRegistration& registration) {
    if (!caller.may_be_challenged) throw unauthorized("a TPM attests over HTTPS alone");
    std::optional<TpmProof> evidence;
    if (registration.tpm) evidence = parse_evidence(*registration.tpm, enrolled);

    if (caller.token.empty()) {
        if (!evidence) throw unauthorized("the enrollment wants a TPM, and the body has no tpm");
        return challenge(caller.resource(), std::move(*evidence));
    }
    // One client leaves its keys out of the second request: then the challenge says whose it is.
    auto proof = pending(caller.resource());
    if (evidence && (evidence->endorsement_key.name != proof.endorsement_key.name ||
                     evidence->storage_root_key.name != proof.storage_root_key.name)) {
        throw unauthorized("the challenge was made for other keys");
    }
    require_device_token(caller, proof.signing_key, clock_.now());
    return proof;
}

http::Response TpmAttestation::challenge(const std::string& resource, TpmProof proof) {
    proof.signing_key.resize(32);
    openssl::check(RAND_priv_bytes(proof.signing_key.data(), 32) == 1, "make a challenge key");
    const auto blob = tpm::wrap_authentication_key(proof.signing_key, proof.endorsement_key,
                                                   proof.storage_root_key, resource);
    {
        const std::scoped_lock lock(mutex_);
        challenges_.insert_or_assign(lower_case(resource),
                                     Challenge{std::move(proof), clock_.now() + challenge_life});
    }
    auto response = http::json_response(
        401, nlohmann::ordered_json{{"message", "Authorization required"},
                                    {"authenticationKey", device_agent::base64_encode(blob)},
                                    {"keyName", device_policy}});
    response.refusal = "challenged: the answer must be signed with the key that was sent";
    return response;
}

TpmProof TpmAttestation::pending(const std::string& resource) const {
    const std::scoped_lock lock(mutex_);
    const auto found = challenges_.find(lower_case(resource));
    if (found == challenges_.end()) throw unauthorized("there is no challenge that this token could answer");
    if (clock_.now() >= found->second.expiry) throw unauthorized("the challenge is older than five minutes");
    return found->second.expected;
}

}  // namespace emulator::dps
