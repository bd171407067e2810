// SPDX-License-Identifier: Apache-2.0
#include "identity/file_slot_store.hpp"

#include "foundation/durable_file.hpp"
#include "identity/slot_file.hpp"
#include "identity/staged_contents.hpp"
#include "tpm/slot_layout.hpp"

#include <set>
#include <sys/stat.h>

namespace device_agent::identity {
namespace {

constexpr const char* wrapped_by_tpm =
    "its key is wrapped by a TPM, from when identityStore was \"tpm\": it is of no use in the file store";

void require_closed(const std::filesystem::path& path, unsigned right_mode) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0 || (facts.st_mode & (S_IRWXG | S_IRWXO)) == 0) return;
    throw Error(ErrorCode::configuration,
                path.string() + " holds keys in clear, and others may reach it: run chmod " +
                    (right_mode == 0700 ? "700" : "600") + " " + path.string() +
                    ", and have the keys made anew in the hub if somebody else may have read them");
}

class FileSlotStore final : public SlotStore {
public:
    explicit FileSlotStore(std::filesystem::path directory)
        : directory_(std::move(directory)), staged_(directory_) {}

    std::vector<Slot> look(std::span<const unsigned> slots) override {
        require_closed(directory_, 0700);
        std::vector<Slot> found;
        found.reserve(slots.size());
        for (const auto number : slots)
            found.push_back(look_at(number));
        return found;
    }

    std::vector<Slot> look_everywhere(std::span<const unsigned> wanted) override {
        std::set<unsigned> numbers(wanted.begin(), wanted.end());
        for (unsigned slot = 0; slot <= tpm::last_slot; ++slot) {
            if (std::filesystem::exists(slot_path(directory_, slot))) numbers.insert(slot);
        }
        for (const auto slot : staged_.slots())
            numbers.insert(slot);
        return look(std::vector<unsigned>(numbers.begin(), numbers.end()));
    }

    void require_room(std::span<const unsigned> /*slots*/) override {
        const auto probe = directory_ / "probe";
        write_durably(probe, std::string(4096, '\0'));
        remove_durably(probe);
    }

    void stage(const std::vector<NewContent>& contents) override {
        std::map<unsigned, SlotFile> files;
        for (const auto& content : contents)
            files.insert_or_assign(content.slot, SlotFile{content.identity, proof_of(content)});
        staged_.put(std::move(files), [](unsigned) { return false; });
    }

    void finish(std::span<const unsigned> slots) override {
        for (const auto number : slots) {
            if (std::filesystem::exists(staged_path(directory_, number)))
                rename_durably(staged_path(directory_, number), slot_path(directory_, number));
        }
    }

    void discard(unsigned slot) override { staged_.remove(slot); }

    // What waits for the slot goes first, or it would take the slot again after an interruption.
    void erase(unsigned slot) override {
        staged_.remove(slot);
        remove_durably(slot_path(directory_, slot));
    }

    Sha256 sign(unsigned slot, ByteView data) override {
        return sign_by(read_slot_file(slot_path(directory_, slot)), slot, data);
    }

    Sha256 sign_staged(unsigned slot, ByteView data) override {
        return sign_by(staged_.get(slot), slot, data);
    }

private:
    static SlotProof proof_of(const NewContent& content) {
        if (!content.key) return ByCertificate{};
        if (const auto* key = std::get_if<SecretBytes>(&*content.key)) return *key;
        throw Error(ErrorCode::internal, "a key that was made for a TPM cannot be kept in a file");
    }

    [[nodiscard]] Slot look_at(unsigned number) const {
        Slot slot{number, Slot::State::empty, KeyPlace::file, {}, {}, {}};
        require_closed(slot_path(directory_, number), 0600);
        require_closed(staged_path(directory_, number), 0600);
        if (const auto file = read_slot_file(slot_path(directory_, number))) {
            if (std::holds_alternative<WrappedSlotKey>(file->proof)) {
                slot.state = Slot::State::unfinished;
                slot.remark = wrapped_by_tpm;
            } else {
                slot.state = Slot::State::filled;
                slot.identity = file->identity;
                if (std::holds_alternative<ByCertificate>(file->proof)) slot.place = KeyPlace::certificate;
            }
        }
        const auto staged = staged_.get(number);
        if (staged && !std::holds_alternative<WrappedSlotKey>(staged->proof)) slot.staged = staged->identity;
        return slot;
    }

    static Sha256 sign_by(const std::optional<SlotFile>& file, unsigned slot, ByteView data) {
        if (file && std::holds_alternative<ByCertificate>(file->proof))
            throw certificate_identity_error(slot);
        const auto* key = file ? std::get_if<SecretBytes>(&file->proof) : nullptr;
        if (key == nullptr) {
            throw Error(ErrorCode::not_provisioned,
                        "slot " + std::to_string(slot) + " is empty: run `device-agent provision`");
        }
        return hmac_sha256(*key, data);
    }

    std::filesystem::path directory_;
    StagedContents staged_;
};

}  // namespace

std::unique_ptr<SlotStore> make_file_slot_store(std::filesystem::path state_directory) {
    return std::make_unique<FileSlotStore>(std::move(state_directory));
}

}  // namespace device_agent::identity
