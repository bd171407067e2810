// SPDX-License-Identifier: Apache-2.0
// How commands are authorized: hierarchy passwords, auth values of keys, and the sessions that carry them.
#pragma once

#include "foundation/secret.hpp"
#include "tpm/issue.hpp"
#include "tpm/persistent_objects.hpp"
#include "tpm/structures.hpp"
#include "tpm/transient.hpp"

namespace device_agent::tpm {

struct HierarchyPasswords {
    SecretText owner;
    SecretText endorsement;
};

enum class Hierarchy { owner, endorsement };

/// The authorization by an empty password, for SAPI.
[[nodiscard]] TSS2L_SYS_AUTH_COMMAND empty_password();

/// Lets ESAPI know the auth value of an object for as long as this lives; the copy in the object is wiped
/// then.
class AuthValue {
public:
    AuthValue(const Connection& connection, ESYS_TR object, ByteView value, std::string_view what);
    AuthValue(const AuthValue&) = delete;
    AuthValue& operator=(const AuthValue&) = delete;
    ~AuthValue();

private:
    const Connection& connection_;
    ESYS_TR object_;
};

/// An HMAC session that nothing salts, for one command with a key that has an auth value. That value is
/// random, so a listener learns nothing from the HMACs, and the TPM is spared the RSA operation that a salt
/// costs.
[[nodiscard]] Transient start_plain_session(const Connection& connection, std::string_view purpose);
/// A policy session for one command: the TPM flushes it with the command that it authorizes.
[[nodiscard]] Transient start_policy_session(const Connection& connection, std::string_view purpose);

/// The authorizations of one sequence. Passwords and new auth values reach the TPM only in one HMAC session,
/// salted so that a listener on the bus cannot try passwords against what he sees; it starts when it is first
/// needed.
class Authorization {
public:
    Authorization(const Connection& connection, const HierarchyPasswords& passwords,
                  PersistentObjects& objects);

    /// Issues a command that the hierarchy authorizes: `call(reference of the hierarchy, session)`.
    template <typename Call>
    void issue_for(Hierarchy hierarchy, const Command& command, std::string_view purpose, const Call& call) {
        const TSS2_RC code = try_for(hierarchy, purpose, call);
        if (code != TSS2_RC_SUCCESS) throw refusal(code, command, purpose, advice(hierarchy, code));
    }
    template <typename Call>
    [[nodiscard]] TSS2_RC try_for(Hierarchy hierarchy, std::string_view purpose, const Call& call) {
        const ESYS_TR session = session_for(hierarchy, purpose);
        return patiently(connection_, [&] { return call(reference(hierarchy), session); });
    }
    /// What to do about a refused authorization; empty for another code.
    [[nodiscard]] std::string advice(Hierarchy hierarchy, TSS2_RC code) const;

    /// A session salted to the endorsement key, that encrypts the first parameter on its way to the TPM.
    [[nodiscard]] ESYS_TR encrypting_session(std::string_view purpose);

private:
    [[nodiscard]] static ESYS_TR reference(Hierarchy hierarchy) noexcept;
    [[nodiscard]] const SecretText& password(Hierarchy hierarchy) const noexcept;
    [[nodiscard]] ESYS_TR session_for(Hierarchy hierarchy, std::string_view purpose);
    void start_salted_session(ESYS_TR salt_key, std::string_view purpose);
    [[nodiscard]] Transient create_salt_key(std::string_view purpose);

    const Connection& connection_;
    const HierarchyPasswords& passwords_;
    PersistentObjects& objects_;
    AuthValue owner_;
    AuthValue endorsement_;
    Transient session_;
    bool salted_to_endorsement_key_ = false;
};

}  // namespace device_agent::tpm
