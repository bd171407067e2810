// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "identity/slot_store.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>

namespace device_agent::fakes {

/// What the slots hold. It outlives the stores over it, as a TPM outlives processes.
struct FakeSlots {
    struct Content {
        identity::Identity identity;
        SecretBytes key;  ///< empty: a certificate proves the identity
    };
    std::map<unsigned, Content> filled;
    std::map<unsigned, Content> staged;
    std::map<unsigned, std::string> unfinished;  ///< with their remarks
    std::map<unsigned, std::string> foreign;     ///< with their remarks
    std::set<unsigned> auth_refused;  ///< their keys have an auth value that the store does not know
    bool room = true;                 ///< whether require_room() finds any
};

/// Slots in memory. Each change is told to `journal` in one line: "stage 0 1", "finish 0 1", "discard 0",
/// "erase 0".
class FakeSlotStore final : public identity::SlotStore {
public:
    using Journal = std::function<void(const std::string&)>;

    explicit FakeSlotStore(
        FakeSlots& slots, Journal journal = [](const std::string&) {})
        : slots_(slots), journal_(std::move(journal)) {}

    std::vector<identity::Slot> look(std::span<const unsigned> slots) override;
    std::vector<identity::Slot> look_everywhere(std::span<const unsigned> wanted) override;
    void require_room(std::span<const unsigned> slots) override;
    void stage(const std::vector<identity::NewContent>& contents) override;
    void finish(std::span<const unsigned> slots) override;
    void discard(unsigned slot) override;
    void erase(unsigned slot) override;
    Sha256 sign(unsigned slot, ByteView data) override;
    Sha256 sign_staged(unsigned slot, ByteView data) override;

private:
    [[nodiscard]] identity::Slot look_at(unsigned number) const;

    FakeSlots& slots_;
    Journal journal_;
};

}  // namespace device_agent::fakes
