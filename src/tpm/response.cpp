// SPDX-License-Identifier: Apache-2.0
#include "tpm/response.hpp"

#include <tss2/tss2_rc.h>
#include <tss2/tss2_tpm2_types.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <span>

namespace device_agent::tpm {
namespace {

// Format-one codes carry the number of a handle, session or parameter (Part 2, table 14).
constexpr TSS2_RC format_one = 0x080;
constexpr TSS2_RC of_parameter = 0x040;
constexpr TSS2_RC of_session = 0x800;
constexpr TSS2_RC error_in_format_one = 0x0BF;

constexpr std::string_view connection_broke =
    "check that the TPM, or the software TPM, still runs, and run the command again: it goes on where it "
    "stopped";

struct Meaning {
    TSS2_RC code;
    std::string_view name;
    std::string_view words;
    std::string_view remedy;
};

constexpr std::string_view no_room_for_objects =
    "another program left objects or sessions in the TPM: use /dev/tpmrm0, or, while no other program uses "
    "the TPM, "
    "free them with tpm2_flushcontext --transient-object --loaded-session";

constexpr auto meanings = std::to_array<Meaning>({
    {TPM2_RC_INITIALIZE, "TPM_RC_INITIALIZE", "the TPM was not started",
     "the firmware or the software TPM must send TPM2_Startup (swtpm: --flags startup-clear)"},
    {TPM2_RC_FAILURE, "TPM_RC_FAILURE", "the TPM is in failure mode", "switch the machine off and on"},
    {TPM2_RC_DISABLED, "TPM_RC_DISABLED", "the command is disabled", ""},
    {TPM2_RC_NEEDS_TEST, "TPM_RC_NEEDS_TEST", "the TPM has not tested itself",
     "have it do so with tpm2_selftest --fulltest"},
    {TPM2_RC_REBOOT, "TPM_RC_REBOOT", "the TPM needs a restart", "switch the machine off and on"},
    {TPM2_RC_UPGRADE, "TPM_RC_UPGRADE", "the TPM waits for the rest of a firmware update",
     "finish the update of its firmware"},
    {TPM2_RC_AUTH_MISSING, "TPM_RC_AUTH_MISSING", "an authorization is missing", ""},
    {TPM2_RC_AUTH_UNAVAILABLE, "TPM_RC_AUTH_UNAVAILABLE", "the object cannot be authorized this way", ""},
    {TPM2_RC_AUTH_TYPE, "TPM_RC_AUTH_TYPE", "the object cannot be authorized by its auth value", ""},
    {TPM2_RC_COMMAND_CODE, "TPM_RC_COMMAND_CODE", "this TPM does not have the command", ""},
    {TPM2_RC_NV_RANGE, "TPM_RC_NV_RANGE", "beyond the size of the NV index", ""},
    {TPM2_RC_NV_LOCKED, "TPM_RC_NV_LOCKED", "the NV index is locked", ""},
    {TPM2_RC_NV_AUTHORIZATION, "TPM_RC_NV_AUTHORIZATION", "the NV index does not allow this authorization",
     ""},
    {TPM2_RC_NV_UNINITIALIZED, "TPM_RC_NV_UNINITIALIZED", "the NV index was never written", ""},
    {TPM2_RC_NV_SPACE, "TPM_RC_NV_SPACE", "no NV memory left",
     "remove persistent objects or NV indices that nothing uses (tpm2_getcap handles-persistent, "
     "handles-nv-index), "
     "or lower tpm.persistentSlots"},
    {TPM2_RC_NV_DEFINED, "TPM_RC_NV_DEFINED", "the handle or NV index is taken", ""},
    {TPM2_RC_ASYMMETRIC, "TPM_RC_ASYMMETRIC", "asymmetric algorithm not supported or not correct", ""},
    {TPM2_RC_ATTRIBUTES, "TPM_RC_ATTRIBUTES", "inconsistent attributes", ""},
    {TPM2_RC_HASH, "TPM_RC_HASH", "hash algorithm not supported or not appropriate", ""},
    {TPM2_RC_VALUE, "TPM_RC_VALUE", "value out of range or not correct for the context", ""},
    {TPM2_RC_HIERARCHY, "TPM_RC_HIERARCHY", "the hierarchy is disabled or not correct",
     "enable the TPM's hierarchies in the firmware"},
    {TPM2_RC_KEY_SIZE, "TPM_RC_KEY_SIZE", "key size not supported", ""},
    {TPM2_RC_MODE, "TPM_RC_MODE", "mode of operation not supported", ""},
    {TPM2_RC_TYPE, "TPM_RC_TYPE", "object type not appropriate", ""},
    {TPM2_RC_HANDLE, "TPM_RC_HANDLE", "nothing at this handle, or not of the right kind", ""},
    {TPM2_RC_RANGE, "TPM_RC_RANGE", "value outside the allowed range", ""},
    {TPM2_RC_AUTH_FAIL, "TPM_RC_AUTH_FAIL", "wrong authorization, counted towards the TPM's lockout", ""},
    {TPM2_RC_SCHEME, "TPM_RC_SCHEME", "unsupported or incompatible scheme", ""},
    {TPM2_RC_SIZE, "TPM_RC_SIZE", "wrong size", ""},
    {TPM2_RC_SYMMETRIC, "TPM_RC_SYMMETRIC", "symmetric algorithm not supported or not correct", ""},
    {TPM2_RC_TAG, "TPM_RC_TAG", "wrong structure tag", ""},
    {TPM2_RC_SELECTOR, "TPM_RC_SELECTOR", "union selector not correct", ""},
    {TPM2_RC_INSUFFICIENT, "TPM_RC_INSUFFICIENT", "it ends too early", ""},
    {TPM2_RC_SIGNATURE, "TPM_RC_SIGNATURE", "the signature is not valid", ""},
    {TPM2_RC_KEY, "TPM_RC_KEY", "the key fields do not fit the use", ""},
    {TPM2_RC_POLICY_FAIL, "TPM_RC_POLICY_FAIL", "the policy does not hold", ""},
    {TPM2_RC_INTEGRITY, "TPM_RC_INTEGRITY", "integrity check failed", ""},
    {TPM2_RC_RESERVED_BITS, "TPM_RC_RESERVED_BITS", "a reserved bit is set", ""},
    {TPM2_RC_BAD_AUTH, "TPM_RC_BAD_AUTH", "wrong authorization", ""},
    {TPM2_RC_BINDING, "TPM_RC_BINDING", "public and private area do not belong together", ""},
    {TPM2_RC_CURVE, "TPM_RC_CURVE", "curve not supported", ""},
    {TPM2_RC_OBJECT_MEMORY, "TPM_RC_OBJECT_MEMORY", "no room for one more object", no_room_for_objects},
    {TPM2_RC_SESSION_MEMORY, "TPM_RC_SESSION_MEMORY", "no room for one more session", no_room_for_objects},
    {TPM2_RC_SESSION_HANDLES, "TPM_RC_SESSION_HANDLES", "no session handle left", no_room_for_objects},
    {TPM2_RC_OBJECT_HANDLES, "TPM_RC_OBJECT_HANDLES", "no object handle left", no_room_for_objects},
    {TPM2_RC_MEMORY, "TPM_RC_MEMORY", "out of memory", no_room_for_objects},
    {TPM2_RC_LOCKOUT, "TPM_RC_LOCKOUT", "the TPM is locked after too many wrong authorizations",
     "wait until it recovers (TPM2_PT_LOCKOUT_INTERVAL of tpm2_getcap properties-variable, in seconds, "
     "for each), "
     "or reset it with tpm2_dictionarylockout --clear-lockout"},
    {TPM2_RC_TESTING, "TPM_RC_TESTING", "the TPM is testing itself", "try again"},
    {TPM2_RC_RETRY, "TPM_RC_RETRY", "the TPM is busy", "try again"},
    {TPM2_RC_YIELDED, "TPM_RC_YIELDED", "the TPM is busy", "try again"},
    {TPM2_RC_CANCELED, "TPM_RC_CANCELED", "the command was cancelled", "try again"},
    {TPM2_RC_NV_RATE, "TPM_RC_NV_RATE", "the TPM limits how often its NV memory is written",
     "try again later"},
    {TPM2_RC_NV_UNAVAILABLE, "TPM_RC_NV_UNAVAILABLE", "the TPM's NV memory cannot be reached now",
     "try again later"},
});

/// The code without its layer and without the number of what it is about.
TSS2_RC error_of(TSS2_RC code) noexcept {
    code &= ~TSS2_RC_LAYER_MASK;
    return (code & format_one) != 0 ? code & error_in_format_one : code;
}

const Meaning* meaning_of(TSS2_RC code) noexcept {
    if (!is_answer_of_tpm(code)) return nullptr;
    const auto* found = std::ranges::find(meanings, error_of(code), &Meaning::code);
    return found == meanings.end() ? nullptr : found;
}

std::string hexadecimal(TSS2_RC code) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "0x%x", code);
    return text.data();
}

std::string numbered(std::string_view kind, unsigned number, std::span<const std::string_view> names) {
    std::string text = std::string(kind) + " " + std::to_string(number);
    if (number >= 1 && number <= names.size() && !names[number - 1].empty()) {
        text += " (" + std::string(names[number - 1]) + ")";
    }
    return text;
}

/// What the TPM refused: "parameter 3 (duplicate)", or the command as a whole.
std::string subject_of(TSS2_RC code, const Command& command) {
    if ((code & format_one) == 0) return "the command";
    if ((code & of_parameter) != 0) return numbered("parameter", (code >> 8U) & 0xFU, command.parameters);
    const unsigned number = (code >> 8U) & 0x7U;
    if (number == 0) return "the command";
    if ((code & of_session) == 0) return numbered("handle", number, command.handles);
    // Sessions authorize handles in their order.
    return numbered("the authorization by session", number, command.handles);
}

}  // namespace

// Linux marks what its resource manager answers in the TPM's stead with layer 11, other resource managers
// use 12.
bool is_answer_of_tpm(TSS2_RC code) noexcept {
    const TSS2_RC layer = code & TSS2_RC_LAYER_MASK;
    return layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_RC_LAYER || layer == TSS2_RESMGR_TPM_RC_LAYER;
}

std::string describe(TSS2_RC code, const Command& command) {
    const std::string name(command.name);
    if ((code & TSS2_RC_LAYER_MASK) == TSS2_TCTI_RC_LAYER) {
        return "the connection to the TPM failed during " + name + " (" + Tss2_RC_Decode(code) + ", " +
               hexadecimal(code) + ")";
    }
    if (code == TSS2_ESYS_RC_RSP_AUTH_FAILED) {
        return "the answer to " + name +
               " is not authentic: something between this machine and its TPM changes it, "
               "or an object was replaced (" +
               hexadecimal(code) + ")";
    }
    if (!is_answer_of_tpm(code)) {
        return name + " could not be issued (" + Tss2_RC_Decode(code) + ", " + hexadecimal(code) + ")";
    }
    if (error_of(code) == TPM2_RC_FAILURE && command.encrypted_parameter != 0) {
        return name + " refused " + numbered("parameter", command.encrypted_parameter, command.parameters) +
               ": it cannot be decrypted, or the TPM has failed (TPM_RC_FAILURE, " + hexadecimal(code) + ")";
    }
    std::string text = name + " refused " + subject_of(code, command) + ": ";
    if (const Meaning* meaning = meaning_of(code)) {
        return text.append(meaning->words) + " (" + std::string(meaning->name) + ", " + hexadecimal(code) +
               ")";
    }
    return text + Tss2_RC_Decode(code) + " (" + hexadecimal(code) + ")";
}

Error refusal(TSS2_RC code, const Command& command, std::string_view purpose, std::string_view advice) {
    std::string text = "cannot " + std::string(purpose) + ": " + describe(code, command);
    const Meaning* meaning = meaning_of(code);
    const bool is_transport = (code & TSS2_RC_LAYER_MASK) == TSS2_TCTI_RC_LAYER;
    if (advice.empty() && is_transport) advice = connection_broke;
    if (advice.empty() && meaning != nullptr) advice = meaning->remedy;
    if (!advice.empty()) text.append("; ").append(advice);
    const bool passing = asks_to_come_again(code) || is_transport;
    return {ErrorCode::tpm, text, passing ? Retry::later() : Retry::no()};
}

bool blames_what_was_sent(TSS2_RC code, const Command& command) noexcept {
    if (!is_answer_of_tpm(code)) return false;
    return (code & format_one) != 0 ||
           (error_of(code) == TPM2_RC_FAILURE && command.encrypted_parameter != 0);
}

bool says_no_such_handle(TSS2_RC code) noexcept {
    return is_answer_of_tpm(code) && error_of(code) == TPM2_RC_HANDLE;
}

bool says_wrong_authorization(TSS2_RC code) noexcept {
    return is_answer_of_tpm(code) &&
           (error_of(code) == TPM2_RC_BAD_AUTH || error_of(code) == TPM2_RC_AUTH_FAIL);
}

bool says_no_nv_space(TSS2_RC code) noexcept {
    return is_answer_of_tpm(code) && error_of(code) == TPM2_RC_NV_SPACE;
}

bool says_locked_out(TSS2_RC code) noexcept {
    return is_answer_of_tpm(code) && error_of(code) == TPM2_RC_LOCKOUT;
}

bool asks_to_come_again(TSS2_RC code) noexcept {
    if (!is_answer_of_tpm(code)) return false;
    const TSS2_RC error = error_of(code);
    return error == TPM2_RC_RETRY || error == TPM2_RC_YIELDED || error == TPM2_RC_TESTING ||
           error == TPM2_RC_NV_RATE || error == TPM2_RC_NV_UNAVAILABLE;
}

}  // namespace device_agent::tpm
