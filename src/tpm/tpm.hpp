// SPDX-License-Identifier: Apache-2.0
// The port to a TPM 2.0: the few verbs that the agent needs, in terms of the TCG, with nothing of Azure in
// it.
//
// Threading: an implementation is used by one thread at a time. Errors: Error{tpm} that names the command,
// the parameter and the object that the TPM refused; Error{permission} when the device may not be opened.
#pragma once

#include "foundation/bytes.hpp"
#include "foundation/digest.hpp"
#include "foundation/error.hpp"
#include "foundation/secret.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace device_agent::tpm {

/// TPM_HANDLE of a persistent object, or TPMI_RH_NV_INDEX.
using Handle = std::uint32_t;

/// TCG TPM v2.0 Provisioning Guidance, section 7.8; the handles that every Azure SDK uses, too.
inline constexpr Handle endorsement_key_handle = 0x81010001;
inline constexpr Handle storage_root_key_handle = 0x81000001;

/// The TPM refused the auth value that was given for a key of ours (TPM_RC_AUTH_FAIL, TPM_RC_BAD_AUTH): the
/// key may have another.
class AuthRefused final : public Error {
public:
    explicit AuthRefused(const std::string& message) : Error(ErrorCode::tpm, message) {}
};

/// An object or NV index that is not ours lies where ours would: it is never read as ours, and never touched.
class ForeignObject final : public Error {
public:
    explicit ForeignObject(const std::string& message) : Error(ErrorCode::tpm, message) {}
};

/// A key under the storage root key of one TPM, useless on any other machine. Both parts as the TPM marshals
/// them, each with its two-byte size: TPM2B_PUBLIC and TPM2B_PRIVATE.
struct WrappedKey {
    Bytes public_area;
    Bytes private_area;

    friend bool operator==(const WrappedKey&, const WrappedKey&) = default;
};

/// TPM2B_PUBLIC of the two primary keys, with their two-byte sizes.
struct PrimaryKeys {
    Bytes endorsement_key;
    Bytes storage_root_key;
};

/// A key that somebody duplicated to this TPM's storage root key, its inner wrapping key hidden in a
/// credential for (endorsement key, name of the storage root key). The contents of the TPM2B structures,
/// without their sizes; `public_area` is a whole TPM2B_PUBLIC.
struct CredentialedKey {
    Bytes credential_blob;  ///< TPM2B_ID_OBJECT
    Bytes secret;           ///< TPM2B_ENCRYPTED_SECRET of the credential
    Bytes duplicate;        ///< TPM2B_PRIVATE, with inner and outer wrap
    Bytes in_sym_seed;      ///< TPM2B_ENCRYPTED_SECRET of the duplicate
    Bytes public_area;      ///< TPM2B_PUBLIC of the key
};

/// What an NV index holds. A defined index that was never written is not the same as none.
struct NvContent {
    bool written = false;
    std::string text;
};

/// Commands that belong together: nothing else reaches the TPM between them. What a sequence loads or starts
/// (transient objects, sessions) it flushes itself, also when it fails.
class Sequence {
public:
    Sequence() = default;
    Sequence(const Sequence&) = delete;
    Sequence& operator=(const Sequence&) = delete;
    virtual ~Sequence() = default;

    /// TPM2B_PUBLIC of the endorsement key at 0x81010001; where nothing is there, of the one that
    /// ensure_primary_keys() would make there. Never writes.
    [[nodiscard]] virtual Bytes endorsement_key() = 0;

    /// Creates the endorsement key (0x81010001) and the storage root key (0x81000001) from the TCG's default
    /// RSA-2048 templates where they are absent; uses what is there otherwise. An object of another kind
    /// there is an error.
    [[nodiscard]] virtual PrimaryKeys ensure_primary_keys() = 0;

    /// TPM2_ActivateCredential and TPM2_Import. `auth`, when not empty, becomes the key's auth value
    /// (TPM2_ObjectChangeAuth). Changes nothing in the TPM.
    [[nodiscard]] virtual WrappedKey import_key(const CredentialedKey& key, const SecretBytes& auth) = 0;

    /// TPM2_Create of an HMAC-SHA256 key for each of `keys` (1 to 64 bytes), in one salted session with
    /// parameter encryption: the keys are not visible on the bus. Changes nothing in the TPM.
    [[nodiscard]] virtual std::vector<WrappedKey> wrap_keys(std::span<const SecretBytes> keys,
                                                            const SecretBytes& auth) = 0;

    /// HMAC-SHA256 of data of any length, by a key that is loaded for it and flushed, or by a persistent one.
    [[nodiscard]] virtual Sha256 hmac(const WrappedKey& key, ByteView data, const SecretBytes& auth) = 0;
    [[nodiscard]] virtual Sha256 hmac(Handle key, ByteView data, const SecretBytes& auth) = 0;

    /// The TPM name (algorithm and digest of the public area) of a wrapped key, computed without the TPM, and
    /// of a persistent object, nothing when the handle is free.
    [[nodiscard]] virtual Bytes name_of(const WrappedKey& key) = 0;
    [[nodiscard]] virtual std::optional<Bytes> name_of(Handle persistent) = 0;

    /// Those of the `count` handles from `first` on (persistent objects, or NV indices) that are in use.
    [[nodiscard]] virtual std::vector<Handle> handles_in_use(Handle first, unsigned count) = 0;

    /// How many more persistent objects fit for sure; nothing when the TPM does not say.
    [[nodiscard]] virtual std::optional<unsigned> persistent_room() = 0;
    /// Makes the key persistent at a free handle (TPM2_EvictControl).
    virtual void persist(const WrappedKey& key, Handle handle) = 0;
    /// Removes a persistent object; a free handle is no error.
    virtual void evict(Handle handle) = 0;

    /// Nothing when the index is not defined. Throws ForeignObject when it has other attributes than ours.
    [[nodiscard]] virtual std::optional<NvContent> read_nv(Handle index) = 0;
    /// Leaves the index holding `text`: nameAlg SHA-256, AUTHREAD | AUTHWRITE | NO_DA, empty auth, size = the
    /// text's length. An index of another size is undefined and defined anew.
    virtual void write_nv(Handle index, const std::string& text) = 0;
    /// Undefines the index; an index that is not defined is no error.
    virtual void remove_nv(Handle index) = 0;
};

/// One TPM. Whole sequences are run on it; where there is no resource manager, the connection is open only
/// during one.
class Tpm {
public:
    Tpm() = default;
    Tpm(const Tpm&) = delete;
    Tpm& operator=(const Tpm&) = delete;
    virtual ~Tpm() = default;

    /// Runs `work` on this thread. Do not wait for the network inside.
    virtual void run(const std::function<void(Sequence&)>& work) = 0;

    /// Flushes transient objects and sessions that killed processes left, logs each, and returns their
    /// number. Does nothing behind a resource manager. Only for who holds the agent's lock: then the TPM is
    /// the agent's alone.
    virtual std::size_t flush_leftovers() = 0;

    /// The same with a result: `auto mac = tpm.with([&](Sequence& s) { return s.hmac(…); });`
    template <typename Work>
    auto with(Work&& work) {
        std::optional<std::invoke_result_t<Work&, Sequence&>> result;
        run([&](Sequence& sequence) { result.emplace(work(sequence)); });
        return std::move(*result);
    }
};

}  // namespace device_agent::tpm
