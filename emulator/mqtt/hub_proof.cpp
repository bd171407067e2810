// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/hub_proof.hpp"

#include "emulator/certificates/certificate.hpp"
#include "emulator/format_error.hpp"
#include "emulator/hub/authorization.hpp"
#include "emulator/hub/certificate_admission.hpp"

namespace emulator::mqtt {
namespace {

[[noreturn]] void refuse(const std::string& reason) {
    throw ConnectRefusal(ConnectCode::not_authorized, reason);
}

}  // namespace

HubProof::HubProof(store::Transaction& transaction, const Connect& connect, const Peer& peer,
                   const hub::Identity& identity, const hub::Identity& device, device_agent::WallTime now) {
    std::optional<std::string> reason;
    if (connect.password) {
        try {
            token_ = sas::parse_token(connect.password->view());
        } catch (const FormatError& error) {
            refuse(error.what());
        }
        reason = hub::reason_against(*token_, identity, device, now);
    } else {
        reason = hub::reason_against(transaction, peer.certificates, identity, device, now);
    }
    if (reason) refuse(*reason);
    if (token_) return;
    const auto certificate = certificates::Certificate::from_der(peer.certificates.front());
    sha1_thumbprint_ = certificate.sha1_thumbprint();
    sha256_thumbprint_ = certificate.sha256_thumbprint();
}

std::optional<std::string> HubProof::reason_against(const hub::Identity& identity,
                                                    const hub::Identity& device,
                                                    device_agent::WallTime now) const {
    if (token_) return hub::reason_against(*token_, identity, device, now);
    if (!device.enabled) return "device " + device.id.device + " is disabled";
    const auto& authentication = identity.authentication;
    if (authentication.type == hub::AuthenticationType::certificate_authority) return std::nullopt;
    if (authentication.type == hub::AuthenticationType::self_signed &&
        hub::has_thumbprint(authentication, sha1_thumbprint_, sha256_thumbprint_)) {
        return std::nullopt;
    }
    return "the certificate of the connection is none of " + identity.id.describe() + " any more";
}

std::optional<device_agent::WallTime> HubProof::expiry() const {
    return token_ ? std::optional(token_->expiry) : std::nullopt;
}

}  // namespace emulator::mqtt
