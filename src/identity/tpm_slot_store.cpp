// SPDX-License-Identifier: Apache-2.0
#include "identity/tpm_slot_store.hpp"

#include "foundation/durable_file.hpp"
#include "foundation/error.hpp"
#include "identity/slot_auth.hpp"
#include "identity/slot_file.hpp"

#include <array>
#include <cstdio>

namespace device_agent::identity {
namespace {

std::string hex(tpm::Handle handle) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%08x", handle);
    return text;
}

class TpmSlotStore final : public SlotStore {
public:
    TpmSlotStore(tpm::Tpm& tpm, TpmSlotStoreOptions options) : tpm_(tpm), options_(std::move(options)) {}

    std::vector<Slot> look(std::span<const unsigned> slots) override {
        std::vector<Slot> found;
        tpm_.run([&](tpm::Sequence& sequence) {
            for (const auto number : slots) {
                auto slot =
                    layout().is_persistent(number) ? look_in_tpm(sequence, number) : look_at_file(number);
                if (const auto staged = read_slot_file(staged_path(directory(), number)))
                    slot.staged = staged->identity;
                found.push_back(std::move(slot));
            }
        });
        return found;
    }

    void stage(const std::vector<NewContent>& contents) override {
        const auto auth = options_.protect_keys ? ensure_slot_auth(directory()) : SecretBytes{};
        const auto keys =
            tpm_.with([&](tpm::Sequence& sequence) { return wrapped(sequence, contents, auth); });
        for (std::size_t i = 0; i < contents.size(); ++i) {
            write_slot_file(staged_path(directory(), contents[i].slot), {contents[i].identity, keys[i]});
        }
    }

    void finish(std::span<const unsigned> slots) override {
        tpm_.run([&](tpm::Sequence& sequence) {
            for (const auto number : slots) {
                const auto staged = read_slot_file(staged_path(directory(), number));
                if (!staged || !layout().is_persistent(number)) continue;
                move_into_tpm(sequence, number, *staged);
            }
        });
        for (const auto number : slots) {
            if (layout().is_persistent(number)) {
                remove_durably(staged_path(directory(), number));
            } else if (std::filesystem::exists(staged_path(directory(), number))) {
                rename_durably(staged_path(directory(), number), slot_path(directory(), number));
            }
        }
    }

    void discard(unsigned slot) override { remove_durably(staged_path(directory(), slot)); }

    Sha256 sign(unsigned slot, ByteView data) override {
        if (layout().is_persistent(slot)) {
            return with_auth([&](const SecretBytes& auth) {
                return tpm_.with([&](tpm::Sequence& sequence) {
                    return sequence.hmac(layout().key_handle(slot), data, auth);
                });
            });
        }
        return sign_by_file(slot_path(directory(), slot), slot, data);
    }

    Sha256 sign_staged(unsigned slot, ByteView data) override {
        return sign_by_file(staged_path(directory(), slot), slot, data);
    }

private:
    [[nodiscard]] const tpm::SlotLayout& layout() const noexcept { return options_.layout; }
    [[nodiscard]] const std::filesystem::path& directory() const noexcept { return options_.state_directory; }

    // The order of writing is text first, key last. So a text (or an index that was never written) without a
    // key is ours and unfinished, and a key without a text is somebody else's.
    Slot look_in_tpm(tpm::Sequence& sequence, unsigned number) const {
        Slot slot{number, Slot::State::empty, KeyPlace::tpm, {}, {}, {}};
        const bool has_key = sequence.name_of(layout().key_handle(number)).has_value();
        const auto content = sequence.read_nv(layout().nv_index(number));
        const std::string handle = hex(layout().key_handle(number));
        const std::string index = hex(layout().nv_index(number));
        if (!content) {
            if (has_key) {
                slot.state = Slot::State::foreign;
                slot.remark = "the TPM holds a key at " + handle + " but no identity at " + index +
                              ": it is another program's";
            }
            return slot;
        }
        const auto identity = content->written ? Identity::parse(content->text) : std::nullopt;
        if (content->written && !identity) {
            slot.state = Slot::State::foreign;
            slot.remark = "NV index " + index +
                          " of the TPM holds something that is no identity: it is another program's";
        } else if (!has_key) {
            slot.state = Slot::State::unfinished;
            slot.remark = "NV index " + index + " is ours, but there is no key at " + handle;
        } else if (!identity) {
            slot.state = Slot::State::foreign;
            slot.remark =
                "the TPM holds a key at " + handle + " while NV index " + index + " was never written";
        } else {
            slot.state = Slot::State::filled;
            slot.identity = identity;
        }
        return slot;
    }

    [[nodiscard]] Slot look_at_file(unsigned number) const {
        Slot slot{number, Slot::State::empty, KeyPlace::wrapped, {}, {}, {}};
        if (const auto file = read_slot_file(slot_path(directory(), number))) {
            slot.state = Slot::State::filled;
            slot.identity = file->identity;
        }
        return slot;
    }

    // All keys in clear go to the TPM in one sequence; then the TPM must answer as the key itself would.
    static std::vector<tpm::WrappedKey> wrapped(tpm::Sequence& sequence,
                                                const std::vector<NewContent>& contents,
                                                const SecretBytes& auth) {
        std::vector<SecretBytes> clear;
        for (const auto& content : contents) {
            if (const auto* key = std::get_if<SecretBytes>(&content.key)) clear.push_back(*key);
        }
        const auto made = clear.empty() ? std::vector<tpm::WrappedKey>{} : sequence.wrap_keys(clear, auth);
        std::vector<tpm::WrappedKey> keys;
        for (std::size_t next = 0; const auto& content : contents) {
            if (const auto* duplicated = std::get_if<tpm::CredentialedKey>(&content.key)) {
                keys.push_back(sequence.import_key(*duplicated, auth));
                continue;
            }
            const auto probe = as_bytes("device-agent: is this the key?");
            if (sequence.hmac(made[next], probe, auth) != hmac_sha256(clear[next], probe)) {
                throw Error(ErrorCode::tpm,
                            "the TPM computes another HMAC than the key of '" + content.identity.text() +
                                "': the key was damaged on its way into the TPM; provision again");
            }
            keys.push_back(made[next++]);
        }
        return keys;
    }

    void move_into_tpm(tpm::Sequence& sequence, unsigned number, const SlotFile& staged) const {
        const auto handle = layout().key_handle(number);
        const auto index = layout().nv_index(number);
        const auto old = sequence.name_of(handle);
        const bool key_is_in = old && *old == sequence.name_of(staged.key);
        if (old && !key_is_in) sequence.evict(handle);
        const auto content = sequence.read_nv(index);
        if (!content || !content->written || content->text != staged.identity.text()) {
            sequence.write_nv(index, staged.identity.text());
        }
        if (!key_is_in) sequence.persist(staged.key, handle);
    }

    Sha256 sign_by_file(const std::filesystem::path& path, unsigned slot, ByteView data) {
        const auto file = read_slot_file(path);
        if (!file)
            throw Error(ErrorCode::not_provisioned,
                        "slot " + std::to_string(slot) + " is empty: run `device-agent provision`");
        return with_auth([&](const SecretBytes& auth) {
            return tpm_.with([&](tpm::Sequence& sequence) { return sequence.hmac(file->key, data, auth); });
        });
    }

    // A key keeps the auth value with which it came, whatever the configuration says now: the other one is
    // tried too.
    template <typename Use>
    Sha256 with_auth(Use use) const {
        auto own = read_slot_auth(directory());
        if (own.empty()) return use(own);
        const std::array<SecretBytes, 2> order =
            options_.protect_keys ? std::array{own, SecretBytes{}} : std::array{SecretBytes{}, own};
        try {
            return use(order[0]);
        } catch (const tpm::AuthRefused&) {
            return use(order[1]);
        }
    }

    tpm::Tpm& tpm_;
    TpmSlotStoreOptions options_;
};

}  // namespace

std::unique_ptr<SlotStore> make_tpm_slot_store(tpm::Tpm& tpm, TpmSlotStoreOptions options) {
    return std::make_unique<TpmSlotStore>(tpm, std::move(options));
}

}  // namespace device_agent::identity
