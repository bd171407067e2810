// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/symmetric_key_attestation.hpp"

#include "emulator/dps/device_token.hpp"
#include "emulator/dps/refusal.hpp"
#include "emulator/sas/group_key.hpp"
#include "foundation/encoding.hpp"

namespace emulator::dps {
namespace {

using device_agent::SecretText;

bool signed_by_either(const sas::Token& token, const SymmetricKeyMechanism& keys) {
    return sas::signed_by_base64(token, keys.primary_key.view()) ||
           sas::signed_by_base64(token, keys.secondary_key.view());
}

hub::Authentication as_device_keys(const SymmetricKeyMechanism& keys) {
    return {.type = hub::AuthenticationType::sas,
            .primary_key = keys.primary_key,
            .secondary_key = keys.secondary_key};
}

SecretText derive(const SecretText& group_key, const std::string& registration_id) {
    const auto key = device_agent::base64_decode_secret(group_key.view());
    return device_agent::base64_encode_secret(sas::derive_device_key(key.value(), registration_id));
}

}  // namespace

hub::Authentication attest_symmetric_key(const Caller& caller, const SymmetricKeyMechanism& keys,
                                         device_agent::WallTime now) {
    const auto token = parse_device_token(caller, now);
    if (!signed_by_either(token, keys))
        throw unauthorized("the signature was made with neither key of the enrollment");
    return as_device_keys(keys);
}

std::optional<GroupProof> attest_group_key(const Caller& caller, const std::vector<Enrollment>& groups,
                                           device_agent::WallTime now) {
    std::optional<sas::Token> token;
    for (const auto& group : groups) {
        const auto* keys = std::get_if<SymmetricKeyMechanism>(&group.mechanism);
        if (keys == nullptr) continue;
        if (!token) token = parse_device_token(caller, now);
        const SymmetricKeyMechanism derived{derive(keys->primary_key, caller.registration_id),
                                            derive(keys->secondary_key, caller.registration_id)};
        if (!signed_by_either(*token, derived)) continue;
        return GroupProof{.group = &group,
                          .authentication = as_device_keys(derived),
                          .evidence = {{"symmetricKey", {{"enrollmentGroupId", group.id}}}}};
    }
    if (token) throw unauthorized("the signature was made with no key that a group's would give the device");
    return std::nullopt;
}

}  // namespace emulator::dps
