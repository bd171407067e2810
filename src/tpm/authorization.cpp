// SPDX-License-Identifier: Apache-2.0
#include "tpm/authorization.hpp"

#include "tpm/templates.hpp"

namespace device_agent::tpm {
namespace {

Transient start_session(const Connection& connection, ESYS_TR salt_key, TPM2_SE type,
                        const TPMT_SYM_DEF& symmetric, std::string_view purpose) {
    ESYS_TR session = ESYS_TR_NONE;
    issue(connection, command::start_auth_session, purpose, [&] {
        return Esys_StartAuthSession(connection.esys(), salt_key, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                     ESYS_TR_NONE, nullptr, type, &symmetric, TPM2_ALG_SHA256, &session);
    });
    return {connection, session};
}

TPMT_SYM_DEF no_encryption() {
    TPMT_SYM_DEF symmetric{};
    symmetric.algorithm = TPM2_ALG_NULL;
    return symmetric;
}

Transient start_single_use(const Connection& connection, TPM2_SE type, std::string_view purpose) {
    Transient session = start_session(connection, ESYS_TR_NONE, type, no_encryption(), purpose);
    Esys_TRSess_SetAttributes(connection.esys(), session.reference(), 0, TPMA_SESSION_CONTINUESESSION);
    return session;
}

}  // namespace

TSS2L_SYS_AUTH_COMMAND empty_password() {
    TSS2L_SYS_AUTH_COMMAND result{};
    result.count = 1;
    result.auths[0].sessionHandle = TPM2_RS_PW;
    return result;
}

AuthValue::AuthValue(const Connection& connection, ESYS_TR object, ByteView value, std::string_view what)
    : connection_(connection), object_(object) {
    const Wiped<TPM2B_AUTH> auth(&TPM2B_AUTH::buffer, value, what);
    Esys_TR_SetAuth(connection.esys(), object, &auth.value);
}

AuthValue::~AuthValue() {
    // ESAPI copies the whole structure, so this also overwrites.
    const TPM2B_AUTH nothing{};
    Esys_TR_SetAuth(connection_.esys(), object_, &nothing);
}

Transient start_plain_session(const Connection& connection, std::string_view purpose) {
    return start_single_use(connection, TPM2_SE_HMAC, purpose);
}

Transient start_policy_session(const Connection& connection, std::string_view purpose) {
    return start_single_use(connection, TPM2_SE_POLICY, purpose);
}

Authorization::Authorization(const Connection& connection, const HierarchyPasswords& passwords,
                             PersistentObjects& objects)
    : connection_(connection),
      passwords_(passwords),
      objects_(objects),
      owner_(connection, ESYS_TR_RH_OWNER, as_bytes(passwords.owner.view()),
             "the password in tpm.ownerAuthFile"),
      endorsement_(connection, ESYS_TR_RH_ENDORSEMENT, as_bytes(passwords.endorsement.view()),
                   "the password in tpm.endorsementAuthFile") {}

ESYS_TR Authorization::reference(Hierarchy hierarchy) noexcept {
    return hierarchy == Hierarchy::owner ? ESYS_TR_RH_OWNER : ESYS_TR_RH_ENDORSEMENT;
}

const SecretText& Authorization::password(Hierarchy hierarchy) const noexcept {
    return hierarchy == Hierarchy::owner ? passwords_.owner : passwords_.endorsement;
}

std::string Authorization::advice(Hierarchy hierarchy, TSS2_RC code) const {
    if (!says_wrong_authorization(code)) return {};
    const std::string name = hierarchy == Hierarchy::owner ? "owner" : "endorsement";
    const std::string key = "tpm." + name + "AuthFile";
    if (password(hierarchy).empty()) {
        return "the TPM's " + name + " hierarchy has a password: put it into a file and name that file in " +
               key;
    }
    return "the password of the TPM's " + name + " hierarchy is not the one in the file of " + key;
}

ESYS_TR Authorization::session_for(Hierarchy hierarchy, std::string_view purpose) {
    // An empty password is no secret.
    if (password(hierarchy).empty()) return ESYS_TR_PASSWORD;
    if (!session_) {
        if (const auto endorsement_key = objects_.find(endorsement_key_handle, purpose)) {
            start_salted_session(*endorsement_key, purpose);
            salted_to_endorsement_key_ = true;
        } else {
            const Transient salt_key = create_salt_key(purpose);
            start_salted_session(salt_key.reference(), purpose);
        }
    }
    Esys_TRSess_SetAttributes(connection_.esys(), session_.reference(), 0, TPMA_SESSION_DECRYPT);
    return session_.reference();
}

ESYS_TR Authorization::encrypting_session(std::string_view purpose) {
    if (!salted_to_endorsement_key_) {
        session_ = {};
        start_salted_session(objects_.get(endorsement_key_handle, purpose), purpose);
        salted_to_endorsement_key_ = true;
    }
    Esys_TRSess_SetAttributes(connection_.esys(), session_.reference(), TPMA_SESSION_DECRYPT,
                              TPMA_SESSION_DECRYPT);
    return session_.reference();
}

void Authorization::start_salted_session(ESYS_TR salt_key, std::string_view purpose) {
    TPMT_SYM_DEF symmetric{};
    symmetric.algorithm = TPM2_ALG_AES;
    symmetric.keyBits.aes = 128;
    symmetric.mode.aes = TPM2_ALG_CFB;
    session_ = start_session(connection_, salt_key, TPM2_SE_HMAC, symmetric, purpose);
}

Transient Authorization::create_salt_key(std::string_view purpose) {
    const TPM2B_SENSITIVE_CREATE no_secret{};
    const TPM2B_PUBLIC shape = salt_key_template();
    const TPM2B_DATA no_data{};
    const TPML_PCR_SELECTION no_registers{};
    ESYS_TR key = ESYS_TR_NONE;
    issue(connection_, command::create_primary, purpose, [&] {
        return Esys_CreatePrimary(connection_.esys(), ESYS_TR_RH_NULL, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                  ESYS_TR_NONE, &no_secret, &shape, &no_data, &no_registers, &key, nullptr,
                                  nullptr, nullptr, nullptr);
    });
    return {connection_, key};
}

}  // namespace device_agent::tpm
