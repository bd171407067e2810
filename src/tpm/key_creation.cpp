// SPDX-License-Identifier: Apache-2.0
// How HMAC keys come under the storage root key: wrapped by somebody else for this TPM, or handed to it in a
// session.
#include "tpm/esys_sequence.hpp"
#include "tpm/issue.hpp"
#include "tpm/structures.hpp"
#include "tpm/templates.hpp"

namespace device_agent::tpm {
namespace {

constexpr std::string_view made_for_another =
    "the key was made for another TPM, or was changed on its way here; if this TPM was cleared, register "
    "again";

std::string_view advice_about_key(TSS2_RC code, const Command& command) {
    return blames_what_was_sent(code, command) ? made_for_another : std::string_view{};
}

/// ESAPI keeps a copy of the last inSensitive in its context. A call with another one overwrites it, and then
/// fails before a command is sent, since there is no such parent.
void wipe_copy_in(ESYS_CONTEXT* context) {
    const TPM2B_SENSITIVE_CREATE nothing{};
    constexpr ESYS_TR no_such_parent = 0xFFFFFFFF;
    Esys_Create_Async(context, no_such_parent, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &nothing,
                      nullptr, nullptr, nullptr);
}

class CopyWiper {
public:
    explicit CopyWiper(ESYS_CONTEXT* context) noexcept : context_(context) {}
    CopyWiper(const CopyWiper&) = delete;
    CopyWiper& operator=(const CopyWiper&) = delete;
    ~CopyWiper() { wipe_copy_in(context_); }

private:
    ESYS_CONTEXT* context_;
};

}  // namespace

WrappedKey EsysSequence::import_key(const CredentialedKey& key, const SecretBytes& auth) {
    constexpr std::string_view purpose = "import the key";
    const TPM2B_PUBLIC public_area = unmarshal_public(key.public_area, "the public area of the key");
    const auto duplicate = sized(&TPM2B_PRIVATE::buffer, key.duplicate, "the duplicate of the key");
    const auto seed = sized(&TPM2B_ENCRYPTED_SECRET::secret, key.in_sym_seed, "the seed of the duplicate");
    TPMT_SYM_DEF_OBJECT inner_wrap{};
    inner_wrap.algorithm = TPM2_ALG_AES;
    inner_wrap.keyBits.aes = 128;
    inner_wrap.mode.aes = TPM2_ALG_CFB;

    const SecretBytes inner_key = activate_credential(key);
    // The inner key crosses the bus in clear twice: alone it opens nothing, since only the storage root key
    // opens the outer wrap.
    const Wiped<TPM2B_DATA> encryption_key(&TPM2B_DATA::buffer, inner_key, "the inner wrapping key");
    const ESYS_TR storage_root_key = objects_.get(storage_root_key_handle, purpose);
    Answer<TPM2B_PRIVATE> private_area;
    const TSS2_RC code = patiently(connection_, [&] {
        return Esys_Import(connection_.esys(), storage_root_key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                           &encryption_key.value, &public_area, &duplicate, &seed, &inner_wrap,
                           private_area.out());
    });
    if (code != TSS2_RC_SUCCESS) throw refusal(code, command::import, purpose, advice_about_key(code, command::import));

    WrappedKey wrapped{key.public_area, marshal(*private_area)};
    return auth.empty() ? wrapped : change_auth(wrapped, auth);
}

SecretBytes EsysSequence::activate_credential(const CredentialedKey& key) {
    constexpr std::string_view purpose = "open the credential of the key";
    const auto credential = sized(&TPM2B_ID_OBJECT::credential, key.credential_blob, "the credential");
    const auto secret =
        sized(&TPM2B_ENCRYPTED_SECRET::secret, key.secret, "the encrypted secret of the credential");
    const ESYS_TR endorsement_key = objects_.get(endorsement_key_handle, purpose);
    const ESYS_TR storage_root_key = objects_.get(storage_root_key_handle, purpose);

    Transient policy = start_policy_session(connection_, purpose);
    authorization_.issue_for(
        Hierarchy::endorsement, command::policy_secret, purpose, [&](ESYS_TR authority, ESYS_TR session) {
            return Esys_PolicySecret(connection_.esys(), authority, policy.reference(), session, ESYS_TR_NONE,
                                     ESYS_TR_NONE, nullptr, nullptr, nullptr, 0, nullptr, nullptr);
        });
    Answer<TPM2B_DIGEST> inner_key;
    const TSS2_RC code = patiently(connection_, [&] {
        return Esys_ActivateCredential(connection_.esys(), storage_root_key, endorsement_key,
                                       ESYS_TR_PASSWORD, policy.reference(), ESYS_TR_NONE, &credential,
                                       &secret, inner_key.out());
    });
    if (code != TSS2_RC_SUCCESS) {
        throw refusal(code, command::activate_credential, purpose,
                      advice_about_key(code, command::activate_credential));
    }
    policy.is_gone();

    constexpr std::size_t aes_128_key = 16;
    if (inner_key->size != aes_128_key) {
        throw Error(ErrorCode::tpm, "cannot import the key: the credential holds a wrapping key of " +
                                        std::to_string(inner_key->size) + " bytes, must be 16 (AES-128)");
    }
    const ByteView content = content_of(*inner_key);
    return {content.begin(), content.end()};
}

WrappedKey EsysSequence::change_auth(const WrappedKey& key, const SecretBytes& auth) {
    constexpr std::string_view purpose = "give the key its auth value";
    const Wiped<TPM2B_AUTH> value(&TPM2B_AUTH::buffer, auth, "the auth value of the key");
    const ESYS_TR storage_root_key = objects_.get(storage_root_key_handle, purpose);
    const ESYS_TR session = authorization_.encrypting_session(purpose);
    const Transient object = load(key, purpose);
    Answer<TPM2B_PRIVATE> private_area;
    issue(connection_, command::object_change_auth, purpose, [&] {
        return Esys_ObjectChangeAuth(connection_.esys(), object.reference(), storage_root_key, session,
                                     ESYS_TR_NONE, ESYS_TR_NONE, &value.value, private_area.out());
    });
    return {key.public_area, marshal(*private_area)};
}

std::vector<WrappedKey> EsysSequence::wrap_keys(std::span<const SecretBytes> keys, const SecretBytes& auth) {
    constexpr std::string_view purpose = "wrap a key";
    constexpr std::size_t longest_key = 64;  // the block size of SHA-256; a TPM takes no longer HMAC key
    std::vector<WrappedKey> result;
    if (keys.empty()) return result;
    const ESYS_TR storage_root_key = objects_.get(storage_root_key_handle, purpose);
    const ESYS_TR session = authorization_.encrypting_session(purpose);
    const CopyWiper wiper(connection_.esys());
    for (const SecretBytes& key : keys) {
        if (key.empty() || key.size() > longest_key) {
            throw Error(ErrorCode::tpm, "cannot wrap a key of " + std::to_string(key.size()) +
                                            " bytes: a TPM takes HMAC keys of 1 to 64 bytes");
        }
        Wiped<TPM2B_SENSITIVE_CREATE> secret;
        auto& sensitive = secret.value.sensitive;
        fill(sensitive.userAuth, &TPM2B_AUTH::buffer, auth, "the auth value of the key");
        fill(sensitive.data, &TPM2B_SENSITIVE_DATA::buffer, key, "the key");
        const TPM2B_PUBLIC shape = hmac_key_template();
        const TPM2B_DATA no_data{};
        const TPML_PCR_SELECTION no_registers{};
        Answer<TPM2B_PRIVATE> private_area;
        Answer<TPM2B_PUBLIC> public_area;
        issue(connection_, command::create, purpose, [&] {
            return Esys_Create(connection_.esys(), storage_root_key, session, ESYS_TR_NONE, ESYS_TR_NONE,
                               &secret.value, &shape, &no_data, &no_registers, private_area.out(),
                               public_area.out(), nullptr, nullptr, nullptr);
        });
        result.push_back({marshal(*public_area), marshal(*private_area)});
    }
    return result;
}

}  // namespace device_agent::tpm
