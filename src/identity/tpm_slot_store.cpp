// SPDX-License-Identifier: Apache-2.0
#include "identity/tpm_slot_store.hpp"

#include "foundation/durable_file.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"
#include "identity/slot_auth.hpp"
#include "identity/slot_file.hpp"
#include "identity/slot_survey.hpp"
#include "identity/staged_contents.hpp"
#include "identity/tpm_room.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace device_agent::identity {
namespace {

class TpmSlotStore final : public SlotStore {
public:
    TpmSlotStore(tpm::Tpm& tpm, TpmSlotStoreOptions options)
        : tpm_(tpm), options_(std::move(options)), staged_(options_.state_directory) {}

    std::vector<Slot> look(std::span<const unsigned> slots) override {
        return tpm_.with([&](tpm::Sequence& sequence) {
            SlotSurvey survey(sequence, layout(), options_.certificate_slot, directory(), staged_);
            std::vector<Slot> found;
            for (const auto number : slots)
                found.push_back(survey.look(number));
            return found;
        });
    }

    std::vector<Slot> look_everywhere(std::span<const unsigned> wanted) override {
        return tpm_.with([&](tpm::Sequence& sequence) {
            SlotSurvey survey(sequence, layout(), options_.certificate_slot, directory(), staged_);
            auto numbers = survey.in_use();
            numbers.insert(wanted.begin(), wanted.end());
            std::vector<Slot> found;
            found.reserve(numbers.size());
            for (const auto number : numbers)
                found.push_back(survey.look(number));
            return found;
        });
    }

    void require_room(std::span<const unsigned> slots) override {
        tpm_.run([&](tpm::Sequence& sequence) { require_room_in_tpm(sequence, layout(), slots); });
        const auto probe = directory() / "probe";
        try {
            write_durably(probe, std::string(4096, '\0'));
            remove_durably(probe);
        } catch (const Error& error) {
            if (!std::ranges::all_of(slots,
                                     [&](unsigned slot) { return may_be_filled_without_a_file(slot); })) {
                throw Error(ErrorCode::state,
                            std::string(error.what()) +
                                "; new content for an occupied slot or for one outside the TPM, and the auth "
                                "value of keys, must be made durable there first. Nothing was changed");
            }
            log::warning("the state directory cannot be written; only empty slots in the TPM can be filled",
                         {{"reason", explain(error)}});
        }
    }

    void stage(const std::vector<NewContent>& contents) override {
        const auto auth = options_.protect_keys ? ensure_slot_auth(directory()) : SecretBytes{};
        std::map<unsigned, SlotFile> files;
        tpm_.run([&](tpm::Sequence& sequence) {
            auto proofs = proofs_of(sequence, contents, auth);
            for (std::size_t i = 0; i < contents.size(); ++i)
                files.insert_or_assign(contents[i].slot,
                                       SlotFile{contents[i].identity, std::move(proofs[i])});
        });
        staged_.put(std::move(files), [&](unsigned slot) { return may_be_filled_without_a_file(slot); });
    }

    void finish(std::span<const unsigned> slots) override {
        std::vector<unsigned> moved;
        tpm_.run([&](tpm::Sequence& sequence) {
            for (const auto number : slots) {
                const auto content = staged_.get(number);
                if (!content || !layout().is_persistent(number)) continue;
                move_into_tpm(sequence, number, *content);
                moved.push_back(number);
            }
        });
        for (const auto number : moved)
            staged_.remove(number);
        for (const auto number : slots) {
            if (!layout().is_persistent(number) &&
                std::filesystem::exists(staged_path(directory(), number))) {
                rename_durably(staged_path(directory(), number), slot_path(directory(), number));
            }
        }
    }

    void discard(unsigned slot) override { staged_.remove(slot); }

    // What waits for the slot goes first, or it would take the slot again after an interruption. Then the
    // key: a text without a key is known as ours, a key without a text would be somebody else's.
    void erase(unsigned slot) override {
        if (look(std::array{slot}).front().state == Slot::State::foreign) return;
        staged_.remove(slot);
        if (layout().is_persistent(slot)) {
            tpm_.run([&](tpm::Sequence& sequence) {
                sequence.evict(layout().key_handle(slot));
                sequence.remove_nv(layout().nv_index(slot));
            });
        } else {
            remove_durably(slot_path(directory(), slot));
        }
    }

    Sha256 sign(unsigned slot, ByteView data) override {
        if (!layout().is_persistent(slot))
            return sign_by(read_slot_file(slot_path(directory(), slot)), slot, data);
        if (slot == options_.certificate_slot &&
            look(std::array{slot}).front().place == KeyPlace::certificate)
            throw certificate_identity_error(slot);
        return with_auth([&](const SecretBytes& auth) {
            return tpm_.with([&](tpm::Sequence& sequence) {
                return sequence.hmac(layout().key_handle(slot), data, auth);
            });
        });
    }

    Sha256 sign_staged(unsigned slot, ByteView data) override {
        return sign_by(staged_.get(slot), slot, data);
    }

private:
    [[nodiscard]] const tpm::SlotLayout& layout() const noexcept { return options_.layout; }
    [[nodiscard]] const std::filesystem::path& directory() const noexcept { return options_.state_directory; }

    // Text first and key last: an interruption leaves the slot unfinished, and nothing is lost that was
    // there.
    bool may_be_filled_without_a_file(unsigned slot) {
        if (!layout().is_persistent(slot)) return false;
        if (options_.protect_keys && read_slot_auth(directory()).empty()) return false;
        const auto state = look(std::array{slot}).front().state;
        return state == Slot::State::empty || state == Slot::State::unfinished;
    }

    // All keys in clear go to the TPM in one sequence; then the TPM must answer as the key itself would.
    static std::vector<SlotProof> proofs_of(tpm::Sequence& sequence, const std::vector<NewContent>& contents,
                                            const SecretBytes& auth) {
        std::vector<SecretBytes> clear;
        bool any_key = false;
        for (const auto& content : contents) {
            any_key = any_key || content.key.has_value();
            if (!content.key) continue;
            if (const auto* key = std::get_if<SecretBytes>(&*content.key)) clear.push_back(*key);
        }
        if (!any_key) return std::vector<SlotProof>(contents.size(), ByCertificate{});
        const auto parent =
            sequence.name_of(tpm::WrappedKey{sequence.ensure_primary_keys().storage_root_key, {}});
        const auto made = clear.empty() ? std::vector<tpm::WrappedKey>{} : sequence.wrap_keys(clear, auth);
        std::vector<SlotProof> proofs;
        for (std::size_t next = 0; const auto& content : contents) {
            if (!content.key) {
                proofs.emplace_back(ByCertificate{});
                continue;
            }
            if (const auto* duplicated = std::get_if<tpm::CredentialedKey>(&*content.key)) {
                proofs.emplace_back(WrappedSlotKey{sequence.import_key(*duplicated, auth), parent});
                continue;
            }
            const auto probe = as_bytes("device-agent: is this the key?");
            if (sequence.hmac(made[next], probe, auth) != hmac_sha256(clear[next], probe)) {
                throw Error(ErrorCode::tpm,
                            "the TPM computes another HMAC than the key of '" + content.identity.text() +
                                "': the key was damaged on its way into the TPM; provision again");
            }
            proofs.emplace_back(WrappedSlotKey{made[next++], parent});
        }
        return proofs;
    }

    void move_into_tpm(tpm::Sequence& sequence, unsigned number, const SlotFile& content) const {
        const auto handle = layout().key_handle(number);
        const auto index = layout().nv_index(number);
        const auto* wrapped = std::get_if<WrappedSlotKey>(&content.proof);
        const auto old = sequence.name_of(handle);
        const bool key_is_in = old && wrapped != nullptr && *old == sequence.name_of(wrapped->key);
        if (old && !key_is_in) sequence.evict(handle);
        const auto text = sequence.read_nv(index);
        if (!text || !text->written || text->text != content.identity.text()) {
            sequence.write_nv(index, content.identity.text());
        }
        if (wrapped != nullptr && !key_is_in) sequence.persist(wrapped->key, handle);
    }

    Sha256 sign_by(const std::optional<SlotFile>& file, unsigned slot, ByteView data) {
        if (!file)
            throw Error(ErrorCode::not_provisioned,
                        "slot " + std::to_string(slot) + " is empty: run `device-agent provision`");
        const auto* wrapped = std::get_if<WrappedSlotKey>(&file->proof);
        if (wrapped == nullptr) throw certificate_identity_error(slot);
        return with_auth([&](const SecretBytes& auth) {
            return tpm_.with(
                [&](tpm::Sequence& sequence) { return sequence.hmac(wrapped->key, data, auth); });
        });
    }

    // A key keeps the auth value with which it came, whatever the configuration says now: the other one is
    // tried too.
    template <typename Use>
    [[nodiscard]] Sha256 with_auth(Use use) const {
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
    StagedContents staged_;
};

}  // namespace

std::unique_ptr<SlotStore> make_tpm_slot_store(tpm::Tpm& tpm, TpmSlotStoreOptions options) {
    return std::make_unique<TpmSlotStore>(tpm, std::move(options));
}

}  // namespace device_agent::identity
