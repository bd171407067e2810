// SPDX-License-Identifier: Apache-2.0
// HMACs by keys in the TPM.
#include "tpm/esys_sequence.hpp"
#include "tpm/issue.hpp"
#include "tpm/structures.hpp"

namespace device_agent::tpm {
namespace {

// MAX_DIGEST_BUFFER: every TPM takes this much at once (TPM 2.0 Library Part 2, 10.4.8), and the TSS's
// structure ends here, so there is no need to ask.
constexpr std::size_t most_at_once = TPM2_MAX_DIGEST_BUFFER;

constexpr std::string_view wrapped_elsewhere =
    "the wrapped key belongs to another TPM, or to this one before it was cleared, or its file is damaged";

constexpr std::string_view wrong_auth =
    "the key has another auth value than the one that the agent knows: another program may have put it there";

Sha256 to_sha256(const TPM2B_DIGEST& digest) {
    Sha256 result{};
    if (digest.size != result.size()) {
        throw Error(ErrorCode::tpm,
                    "the TPM answered an HMAC-SHA256 of " + std::to_string(digest.size) + " bytes");
    }
    std::ranges::copy(content_of(digest), result.begin());
    return result;
}

}  // namespace

Sha256 EsysSequence::hmac(const WrappedKey& key, ByteView data, const SecretBytes& auth) {
    const Transient object = load(key, "load a wrapped key");
    return auth.empty() ? hmac_by(object.handle(), data) : hmac_by(object.reference(), data, auth);
}

Sha256 EsysSequence::hmac(Handle key, ByteView data, const SecretBytes& auth) {
    if (auth.empty()) return hmac_by(key, data);
    return hmac_by(objects_.get(key, "compute an HMAC"), data, auth);
}

Transient EsysSequence::load(const WrappedKey& key, std::string_view purpose) {
    const TPM2B_PUBLIC public_area = unmarshal_public(key.public_area, "the public area of the wrapped key");
    const TPM2B_PRIVATE private_area =
        unmarshal_private(key.private_area, "the private area of the wrapped key");
    const ESYS_TR storage_root_key = objects_.get(storage_root_key_handle, purpose);
    ESYS_TR object = ESYS_TR_NONE;
    const TSS2_RC code = patiently(connection_, [&] {
        return Esys_Load(connection_.esys(), storage_root_key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                         &private_area, &public_area, &object);
    });
    if (code != TSS2_RC_SUCCESS) {
        throw refusal(code, command::load, purpose,
                      blames_what_was_sent(code, command::load) ? wrapped_elsewhere : std::string_view{});
    }
    return {connection_, object};
}

Sha256 EsysSequence::hmac_by(TPM2_HANDLE key, ByteView data) {
    const TSS2L_SYS_AUTH_COMMAND password = empty_password();
    if (data.size() > most_at_once) {
        const TPM2B_AUTH no_auth{};
        TPM2_HANDLE sequence = 0;
        const TSS2_RC code = patiently(connection_, [&] {
            return Tss2_Sys_HMAC_Start(connection_.sys(), key, &password, &no_auth, TPM2_ALG_SHA256,
                                       &sequence, nullptr);
        });
        if (code != TSS2_RC_SUCCESS) refuse_hmac(code, command::hmac_start);
        return finish_sequence(Transient(connection_, sequence, nullptr), data);
    }
    const auto buffer = sized(&TPM2B_MAX_BUFFER::buffer, data, "the data");
    TPM2B_DIGEST result{};
    const TSS2_RC code = patiently(connection_, [&] {
        return Tss2_Sys_HMAC(connection_.sys(), key, &password, &buffer, TPM2_ALG_SHA256, &result, nullptr);
    });
    if (code != TSS2_RC_SUCCESS) refuse_hmac(code, command::hmac);
    return to_sha256(result);
}

Sha256 EsysSequence::hmac_by(ESYS_TR key, ByteView data, const SecretBytes& auth) {
    const AuthValue known(connection_, key, auth, "the auth value of the key");
    Transient session = start_plain_session(connection_, "compute an HMAC");
    if (data.size() > most_at_once) {
        const TPM2B_AUTH no_auth{};
        ESYS_TR sequence = ESYS_TR_NONE;
        const TSS2_RC code = patiently(connection_, [&] {
            return Esys_HMAC_Start(connection_.esys(), key, session.reference(), ESYS_TR_NONE, ESYS_TR_NONE,
                                   &no_auth, TPM2_ALG_SHA256, &sequence);
        });
        if (code != TSS2_RC_SUCCESS) refuse_hmac(code, command::hmac_start);
        session.is_gone();
        return finish_sequence(Transient(connection_, sequence), data);
    }
    const auto buffer = sized(&TPM2B_MAX_BUFFER::buffer, data, "the data");
    Answer<TPM2B_DIGEST> result;
    const TSS2_RC code = patiently(connection_, [&] {
        return Esys_HMAC(connection_.esys(), key, session.reference(), ESYS_TR_NONE, ESYS_TR_NONE, &buffer,
                         TPM2_ALG_SHA256, result.out());
    });
    if (code != TSS2_RC_SUCCESS) refuse_hmac(code, command::hmac);
    session.is_gone();
    return to_sha256(*result);
}

void EsysSequence::refuse_hmac(TSS2_RC code, const Command& command) {
    constexpr std::string_view purpose = "compute an HMAC";
    if (says_wrong_authorization(code)) throw AuthRefused(refusal(code, command, purpose, wrong_auth).what());
    throw refusal(code, command, purpose, says_locked_out(code) ? time_of_lockout() : std::string());
}

// The agent's own keys are exempt (TPMA_OBJECT_NODA); one that DPS or an older agent made need not be.
std::string EsysSequence::time_of_lockout() {
    const auto counted = property(TPM2_PT_LOCKOUT_COUNTER);
    const auto interval = property(TPM2_PT_LOCKOUT_INTERVAL);
    if (!counted || !interval) return {};
    return "it remembers " + std::to_string(*counted) + " of them and forgets one every " +
           std::to_string(*interval) +
           " s: wait that long, or reset it with tpm2_dictionarylockout --clear-lockout";
}

Sha256 EsysSequence::finish_sequence(Transient sequence, ByteView data) {
    const TSS2L_SYS_AUTH_COMMAND password = empty_password();
    while (data.size() > most_at_once) {
        const auto part = sized(&TPM2B_MAX_BUFFER::buffer, data.first(most_at_once), "the data");
        const TSS2_RC code = patiently(connection_, [&] {
            return Tss2_Sys_SequenceUpdate(connection_.sys(), sequence.handle(), &password, &part, nullptr);
        });
        if (code != TSS2_RC_SUCCESS) refuse_hmac(code, command::sequence_update);
        data = data.subspan(most_at_once);
    }
    const auto rest = sized(&TPM2B_MAX_BUFFER::buffer, data, "the data");
    TPM2B_DIGEST result{};
    TPMT_TK_HASHCHECK ticket{};
    const TSS2_RC code = patiently(connection_, [&] {
        return Tss2_Sys_SequenceComplete(connection_.sys(), sequence.handle(), &password, &rest, TPM2_RH_NULL,
                                         &result, &ticket, nullptr);
    });
    if (code != TSS2_RC_SUCCESS) refuse_hmac(code, command::sequence_complete);
    sequence.is_gone();
    return to_sha256(result);
}

}  // namespace device_agent::tpm
