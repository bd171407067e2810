// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/certificate_admission.hpp"

#include "emulator/ascii.hpp"
#include "emulator/certificates/authority_store.hpp"
#include "emulator/format_error.hpp"

#include <algorithm>

namespace emulator::hub {
namespace {

using certificates::Certificate;

std::optional<std::string> reason_against_authority(store::Transaction& transaction,
                                                    const certificates::Chain& chain,
                                                    const Identity& identity, device_agent::WallTime now) {
    const auto& id = identity.id;
    const auto wanted = id.is_module() ? id.device + "/" + id.module : id.device;
    const auto name = chain.front().common_name();
    if (name != wanted) return "the certificate's common name is \"" + name + "\", not \"" + wanted + "\"";
    const auto authorities = certificates::verified_authorities(transaction);
    if (authorities.empty()) return "no authority is uploaded and verified";
    const auto verdict = certificates::verify_chain(chain, authorities, now);
    if (!verdict.reason.empty())
        return "no verified authority vouches for the certificate: " + verdict.reason;
    return std::nullopt;
}

}  // namespace

std::optional<std::string> reason_against(store::Transaction& transaction,
                                          const std::vector<device_agent::Bytes>& certificates,
                                          const Identity& identity, const Identity& device,
                                          device_agent::WallTime now) {
    if (!device.enabled) return "device " + device.id.device + " is disabled";
    const auto type = identity.authentication.type;
    if (type != AuthenticationType::self_signed && type != AuthenticationType::certificate_authority) {
        return identity.id.describe() + " authenticates by " + std::string(to_text(type)) +
               ", not by a certificate";
    }
    if (certificates.empty()) return "the TLS client showed no certificate";
    try {
        const auto chain = certificates::parse_chain(certificates);
        if (auto reason = certificates::reason_against_life(chain.front(), now)) return reason;
        if (type == AuthenticationType::certificate_authority)
            return reason_against_authority(transaction, chain, identity, now);
        const auto& own = chain.front();
        if (has_thumbprint(identity.authentication, own.sha1_thumbprint(), own.sha256_thumbprint()))
            return std::nullopt;
        return "the certificate's thumbprint is neither of those of " + identity.id.describe();
    } catch (const FormatError& error) {
        return std::string("the TLS client's certificates cannot be read: ") + error.what();
    }
}

// Some tools write a thumbprint with colons.
bool has_thumbprint(const Authentication& authentication, std::string_view sha1, std::string_view sha256) {
    for (const auto* known : {&authentication.primary_thumbprint, &authentication.secondary_thumbprint}) {
        if (!*known) continue;
        auto thumbprint = **known;
        thumbprint.erase(std::remove(thumbprint.begin(), thumbprint.end(), ':'), thumbprint.end());
        if (equal_ignoring_case(thumbprint, sha1) || equal_ignoring_case(thumbprint, sha256)) return true;
    }
    return false;
}

}  // namespace emulator::hub
