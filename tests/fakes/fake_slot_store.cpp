// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/fake_slot_store.hpp"

#include "foundation/error.hpp"
#include "tests/fakes/fake_key_blob.hpp"

namespace device_agent::fakes {
namespace {

using identity::Slot;

std::string listed(const std::string& verb, std::span<const unsigned> slots) {
    std::string line = verb;
    for (const auto slot : slots)
        line += " " + std::to_string(slot);
    return line;
}

SecretBytes key_of(const identity::KeyMaterial& material) {
    const auto* clear = std::get_if<SecretBytes>(&material);
    return clear != nullptr ? *clear : key_in(std::get<tpm::CredentialedKey>(material));
}

Sha256 sign_by(const std::map<unsigned, FakeSlots::Content>& contents, unsigned slot, ByteView data) {
    const auto content = contents.find(slot);
    if (content == contents.end()) {
        throw Error(ErrorCode::not_provisioned, "slot " + std::to_string(slot) + " has no key");
    }
    if (content->second.key.empty()) throw identity::certificate_identity_error(slot);
    return hmac_sha256(content->second.key, data);
}

}  // namespace

std::vector<Slot> FakeSlotStore::look(std::span<const unsigned> slots) {
    std::vector<Slot> found;
    for (const auto number : slots)
        found.push_back(look_at(number));
    return found;
}

std::vector<Slot> FakeSlotStore::look_everywhere(std::span<const unsigned> wanted) {
    std::set<unsigned> numbers(wanted.begin(), wanted.end());
    const auto add_keys_of = [&](const auto& map) {
        for (const auto& entry : map)
            numbers.insert(entry.first);
    };
    add_keys_of(slots_.filled);
    add_keys_of(slots_.staged);
    add_keys_of(slots_.unfinished);
    add_keys_of(slots_.foreign);
    return look(std::vector<unsigned>(numbers.begin(), numbers.end()));
}

void FakeSlotStore::require_room(std::span<const unsigned> slots) {
    journal_(listed("room", slots));
    if (!slots_.room) throw Error(ErrorCode::state, "no room beside the slots");
}

void FakeSlotStore::stage(const std::vector<identity::NewContent>& contents) {
    std::map<unsigned, FakeSlots::Content> staged;
    std::vector<unsigned> numbers;
    for (const auto& content : contents) {
        staged[content.slot] = {content.identity, content.key ? key_of(*content.key) : SecretBytes()};
        numbers.push_back(content.slot);
    }
    journal_(listed("stage", numbers));
    staged.merge(slots_.staged);
    slots_.staged = std::move(staged);
}

void FakeSlotStore::finish(std::span<const unsigned> slots) {
    journal_(listed("finish", slots));
    for (const auto number : slots) {
        if (auto content = slots_.staged.extract(number)) {
            slots_.filled.insert_or_assign(number, std::move(content.mapped()));
            slots_.unfinished.erase(number);
        }
    }
}

void FakeSlotStore::discard(unsigned slot) {
    journal_(listed("discard", std::span(&slot, 1)));
    slots_.staged.erase(slot);
}

void FakeSlotStore::erase(unsigned slot) {
    journal_(listed("erase", std::span(&slot, 1)));
    slots_.filled.erase(slot);
    slots_.unfinished.erase(slot);
    slots_.staged.erase(slot);
}

Sha256 FakeSlotStore::sign(unsigned slot, ByteView data) {
    if (slots_.auth_refused.contains(slot)) throw tpm::AuthRefused("the key has another auth value");
    return sign_by(slots_.filled, slot, data);
}

Sha256 FakeSlotStore::sign_staged(unsigned slot, ByteView data) {
    return sign_by(slots_.staged, slot, data);
}

Slot FakeSlotStore::look_at(unsigned number) const {
    Slot slot{number, Slot::State::empty, identity::KeyPlace::tpm, {}, {}, {}};
    if (const auto at = slots_.staged.find(number); at != slots_.staged.end())
        slot.staged = at->second.identity;
    if (const auto at = slots_.foreign.find(number); at != slots_.foreign.end()) {
        slot.state = Slot::State::foreign;
        slot.remark = at->second;
    } else if (const auto half = slots_.unfinished.find(number); half != slots_.unfinished.end()) {
        slot.state = Slot::State::unfinished;
        slot.remark = half->second;
    } else if (const auto content = slots_.filled.find(number); content != slots_.filled.end()) {
        slot.state = Slot::State::filled;
        slot.identity = content->second.identity;
        if (content->second.key.empty()) slot.place = identity::KeyPlace::certificate;
    }
    return slot;
}

}  // namespace device_agent::fakes
