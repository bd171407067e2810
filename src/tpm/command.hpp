// SPDX-License-Identifier: Apache-2.0
// The TPM commands that the adapter issues, with the names that TPM 2.0 Library Part 3 gives to their handles
// and parameters: a response code only says "parameter 3".
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace device_agent::tpm {

struct Command {
    std::string_view name;
    std::array<std::string_view, 2> handles;
    std::array<std::string_view, 5> parameters;
    /// The parameter that the TPM decrypts with an RSA key, or 0. libtpms, the TPM of swtpm and QEMU, answers
    /// a bare TPM_RC_FAILURE when it cannot.
    unsigned encrypted_parameter = 0;
};

namespace command {

inline constexpr Command activate_credential{
    "TPM2_ActivateCredential", {"activateHandle", "keyHandle"}, {"credentialBlob", "secret"}, 2};
inline constexpr Command create{
    "TPM2_Create", {"parentHandle"}, {"inSensitive", "inPublic", "outsideInfo", "creationPCR"}};
inline constexpr Command create_primary{
    "TPM2_CreatePrimary", {"primaryHandle"}, {"inSensitive", "inPublic", "outsideInfo", "creationPCR"}};
inline constexpr Command evict_control{"TPM2_EvictControl", {"auth", "objectHandle"}, {"persistentHandle"}};
inline constexpr Command flush_context{"TPM2_FlushContext", {}, {"flushHandle"}};
inline constexpr Command get_capability{
    "TPM2_GetCapability", {}, {"capability", "property", "propertyCount"}};
inline constexpr Command hmac{"TPM2_HMAC", {"handle"}, {"buffer", "hashAlg"}};
inline constexpr Command hmac_start{"TPM2_HMAC_Start", {"handle"}, {"auth", "hashAlg"}};
inline constexpr Command import{"TPM2_Import",
                                {"parentHandle"},
                                {"encryptionKey", "objectPublic", "duplicate", "inSymSeed", "symmetricAlg"},
                                4};
inline constexpr Command load{"TPM2_Load", {"parentHandle"}, {"inPrivate", "inPublic"}};
inline constexpr Command nv_define_space{"TPM2_NV_DefineSpace", {"authHandle"}, {"auth", "publicInfo"}};
inline constexpr Command nv_read{"TPM2_NV_Read", {"authHandle", "nvIndex"}, {"size", "offset"}};
inline constexpr Command nv_read_public{"TPM2_NV_ReadPublic", {"nvIndex"}, {}};
inline constexpr Command nv_undefine_space{"TPM2_NV_UndefineSpace", {"authHandle", "nvIndex"}, {}};
inline constexpr Command nv_write{"TPM2_NV_Write", {"authHandle", "nvIndex"}, {"data", "offset"}};
inline constexpr Command object_change_auth{
    "TPM2_ObjectChangeAuth", {"objectHandle", "parentHandle"}, {"newAuth"}};
inline constexpr Command policy_secret{
    "TPM2_PolicySecret", {"authHandle", "policySession"}, {"nonceTPM", "cpHashA", "policyRef", "expiration"}};
inline constexpr Command read_public{"TPM2_ReadPublic", {"objectHandle"}, {}};
inline constexpr Command sequence_complete{
    "TPM2_SequenceComplete", {"sequenceHandle"}, {"buffer", "hierarchy"}};
inline constexpr Command sequence_update{"TPM2_SequenceUpdate", {"sequenceHandle"}, {"buffer"}};
inline constexpr Command start_auth_session{
    "TPM2_StartAuthSession",
    {"tpmKey", "bind"},
    {"nonceCaller", "encryptedSalt", "sessionType", "symmetric", "authHash"}};

}  // namespace command
}  // namespace device_agent::tpm
