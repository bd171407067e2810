// SPDX-License-Identifier: Apache-2.0
// The port to the numbered places that keep identities and what proves them.
#pragma once

#include "foundation/digest.hpp"
#include "foundation/error.hpp"
#include "foundation/secret.hpp"
#include "identity/identity.hpp"
#include "tpm/tpm.hpp"

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace device_agent::identity {

/// Where a slot's key lies.
enum class KeyPlace {
    tpm,          ///< a persistent object of the TPM
    wrapped,      ///< a file that only this TPM can load
    file,         ///< a file in clear, on a board without a TPM
    certificate,  ///< nowhere: the certificate with which the device attests proves the identity
};

struct Slot {
    enum class State {
        empty,
        filled,
        unfinished,  ///< ours, but without a key that works: filling it was interrupted, or the TPM is
                     ///< another one
        foreign,     ///< somebody else's; never touched
    };
    unsigned number = 0;
    State state = State::empty;
    KeyPlace place = KeyPlace::tpm;
    std::optional<Identity> identity;  ///< when filled
    std::optional<Identity> staged;    ///< new content waits to take the slot
    std::string remark;                ///< why it is unfinished or foreign, in words
};

/// A key as it comes: in clear (a module's, from the hub), or duplicated to this TPM (the device's, from
/// DPS).
using KeyMaterial = std::variant<SecretBytes, tpm::CredentialedKey>;

struct NewContent {
    unsigned slot = 0;
    Identity identity;
    std::optional<KeyMaterial> key;  ///< nothing: a certificate proves the identity, and the slot has no key
};

/// A slot's content changes in two steps: stage() makes the new content durable beside the old, finish() lets
/// it take the slot. What was staged survives a crash: look() shows it, and finish() may be called again.
///
/// Threading: one thread at a time; the caller holds the state directory's lock when it changes anything.
/// Errors: Error{tpm}, Error{state}, Error{not_provisioned} for a slot that is empty.
class SlotStore {
public:
    SlotStore() = default;
    SlotStore(const SlotStore&) = delete;
    SlotStore& operator=(const SlotStore&) = delete;
    virtual ~SlotStore() = default;

    /// What the slots hold. Never writes.
    [[nodiscard]] virtual std::vector<Slot> look(std::span<const unsigned> slots) = 0;
    /// Every slot that holds something or has something staged, and in any case those of `wanted`; in order.
    [[nodiscard]] virtual std::vector<Slot> look_everywhere(std::span<const unsigned> wanted) = 0;

    /// Throws Error{state} when the content of these slots cannot be changed safely now, since nothing can be
    /// made durable beside it; an empty slot in the TPM needs no file: it is only warned of. Throws
    /// Error{tpm} when the TPM has no room for their keys. Call it before anything is asked of the cloud.
    virtual void require_room(std::span<const unsigned> slots) = 0;

    /// A key in clear is proven before it counts: the store's HMAC must equal the one computed in memory. All
    /// or none.
    virtual void stage(const std::vector<NewContent>& contents) = 0;
    virtual void finish(std::span<const unsigned> slots) = 0;
    /// Forgets what was staged; the slot keeps its content.
    virtual void discard(unsigned slot) = 0;
    /// Empties the slot. Foreign things are not touched.
    virtual void erase(unsigned slot) = 0;

    /// HMAC-SHA256 by the slot's key, or by the staged one. Error{certificate_identity} where there is none,
    /// since a certificate proves the identity.
    [[nodiscard]] virtual Sha256 sign(unsigned slot, ByteView data) = 0;
    [[nodiscard]] virtual Sha256 sign_staged(unsigned slot, ByteView data) = 0;
};

/// Why an identity without a key cannot sign, and what to use in place of a token.
[[nodiscard]] Error certificate_identity_error(unsigned slot);

}  // namespace device_agent::identity
