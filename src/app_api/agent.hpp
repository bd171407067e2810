// SPDX-License-Identifier: Apache-2.0
// The two ports between the socket API and the agent behind it: tokens for applications, and the operations
// of the command line for administrators. The API sees identities and tokens, never a key, a TPM or the
// cloud.
#pragma once

#include "cloud/sas_token.hpp"
#include "config/configuration.hpp"
#include "foundation/secret.hpp"
#include "identity/slot_store.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace device_agent::app_api {

/// An identity that lies in its slot, ready for its application.
struct ServedIdentity {
    identity::Slot slot;       ///< filled
    std::uint64_t key_id = 0;  ///< another number when the slot's key is another one
    friend bool operator==(const ServedIdentity& a, const ServedIdentity& b) {
        return a.slot.identity == b.slot.identity && a.slot.number == b.slot.number && a.key_id == b.key_id;
    }
};

/// What is served at one moment. Immutable; a change comes as a new one (Server::serve).
struct View {
    std::map<std::string, config::Grant> applications;  ///< by module id, or "$device"
    config::Grant administrators;
    std::map<std::string, ServedIdentity>
        identities;                                 ///< by application; those not yet provisioned are missing
    std::chrono::seconds default_token_life{3600};  ///< where the caller asks for no other
    std::chrono::seconds max_token_life{86400};
};

using ViewPointer = std::shared_ptr<const View>;

/// Signs for applications. mint() is called on the API's thread and returns at once; `done` is called once,
/// on any thread, with a token that lives for `life` from now, or with the error.
class TokenSource {
public:
    using Done = std::function<void(std::optional<cloud::SasToken>, std::exception_ptr)>;

    TokenSource() = default;
    TokenSource(const TokenSource&) = delete;
    TokenSource& operator=(const TokenSource&) = delete;
    virtual ~TokenSource() = default;
    virtual void mint(const identity::Slot& slot, std::chrono::seconds life, Done done) = 0;
};

/// What an administrator asks for; one value a row of the command line.
struct Operation {
    enum class Kind {
        status,
        list_slots,
        show_slot,
        slot_token,
        slot_connection_string,
        store_slot,
        erase_slot,
        provision,
        reprovision,
        decommission,
        enrollment_info,
    };
    Kind kind = Kind::status;
    unsigned slot = 0;                                 ///< of the operations on one slot
    std::optional<std::chrono::seconds> expiry{};      ///< slot_token, slot_connection_string
    SecretText connection_string{};                    ///< store_slot
    bool dry_run = false;                              ///< provision, reprovision
    bool verify = false;                               ///< likewise
    bool prune = false;                                ///< likewise
    std::optional<std::chrono::seconds> time_limit{};  ///< likewise; 0: none
};

/// Runs operations of administrators, one after the other, elsewhere than on the API's thread.
class Administration {
public:
    using Progress = std::function<void(const std::string& step)>;
    /// The document that `--json` prints (secrets inside, hence SecretText), or the error.
    using Done = std::function<void(SecretText document, std::exception_ptr)>;

    Administration() = default;
    Administration(const Administration&) = delete;
    Administration& operator=(const Administration&) = delete;
    virtual ~Administration() = default;

    /// Called on the API's thread, returns at once. `progress` and `done` are called on any thread, `done`
    /// once and last.
    virtual void start(Operation operation, Progress progress, Done done) = 0;
};

}  // namespace device_agent::app_api
