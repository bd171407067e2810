// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/admission.hpp"

#include "emulator/format_error.hpp"
#include "emulator/hub/authorization.hpp"
#include "emulator/hub/certificate_admission.hpp"
#include "foundation/digest.hpp"
#include "foundation/encoding.hpp"

namespace emulator::hub {
namespace {

bool same_key(const device_agent::SecretText& a, const device_agent::SecretText& b) {
    const auto left = device_agent::base64_decode_secret(a.view());
    const auto right = device_agent::base64_decode_secret(b.view());
    return left && right && !left->empty() && device_agent::equal_in_constant_time(*left, *right);
}

Admission admit_key(const device_agent::SecretText& key, const Identity& identity, const Identity& device) {
    const auto& authentication = identity.authentication;
    if (!device.enabled) return {false, "device " + device.id.device + " is disabled"};
    if (same_key(key, authentication.primary_key))
        return {true, "the key is the primary key of " + identity.id.describe()};
    if (same_key(key, authentication.secondary_key)) {
        return {true, "the key is the secondary key of " + identity.id.describe()};
    }
    return {false, "the key is neither key of " + identity.id.describe()};
}

Admission admit_token(const device_agent::SecretText& text, const Identity& identity, const Identity& device,
                      device_agent::WallTime now) {
    try {
        const auto token = sas::parse_token(text.view());
        const auto reason = reason_against(token, identity, device, now);
        if (reason) return {false, *reason, token.expiry};
        return {true, "the token is signed with a key of " + identity.id.describe(), token.expiry};
    } catch (const FormatError& error) {
        return {false, error.what()};
    }
}

}  // namespace

Admission admit(store::Transaction& transaction, const HubPolicies& hubs, const ConnectionString& connection,
                const std::vector<device_agent::Bytes>& certificates, device_agent::WallTime now) {
    const auto& id = connection.id;
    if (!hubs.contains(id.hub)) return {false, "there is no hub " + id.hub};
    const auto device = find_identity(transaction, id.of_device());
    if (!device) return {false, "hub " + id.hub + " has no device " + id.device};
    const auto identity = find_identity(transaction, id);
    if (!identity)
        return {false, "device " + id.device + " in hub " + id.hub + " has no module " + id.module};
    if (connection.shared_access_key) return admit_key(*connection.shared_access_key, *identity, *device);
    if (connection.shared_access_signature) {
        return admit_token(*connection.shared_access_signature, *identity, *device, now);
    }
    const auto reason = reason_against(transaction, certificates, *identity, *device, now);
    if (reason) return {false, *reason};
    return {true, "the certificate is that of " + identity->id.describe()};
}

}  // namespace emulator::hub
