// SPDX-License-Identifier: Apache-2.0
#include "identity/slot_survey.hpp"

#include <cstdio>

namespace device_agent::identity {
namespace {

std::string hex(tpm::Handle handle) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%08x", handle);
    return text;
}

std::set<tpm::Handle> as_set(const std::vector<tpm::Handle>& handles) {
    return {handles.begin(), handles.end()};
}

constexpr const char* other_parent =
    "its key is wrapped by another TPM, or by this one before it was cleared: it can never be used again";
constexpr const char* in_clear =
    "its key is in a file in clear, from when identityStore was \"file\": the TPM does not hold it";

}  // namespace

SlotSurvey::SlotSurvey(tpm::Sequence& sequence, const tpm::SlotLayout& layout,
                       std::optional<unsigned> certificate_slot, const std::filesystem::path& directory,
                       const StagedContents& staged)
    : sequence_(sequence),
      layout_(layout),
      certificate_slot_(certificate_slot),
      directory_(directory),
      staged_(staged) {
    if (layout_.persistent_slots == 0) return;
    keys_ = as_set(sequence_.handles_in_use(layout_.key_base, layout_.persistent_slots));
    texts_ = as_set(sequence_.handles_in_use(layout_.nv_base, layout_.persistent_slots));
}

std::set<unsigned> SlotSurvey::in_use() const {
    std::set<unsigned> numbers;
    for (const auto handle : keys_)
        numbers.insert(handle - layout_.key_base);
    for (const auto index : texts_)
        numbers.insert(index - layout_.nv_base);
    for (const auto slot : staged_.slots())
        numbers.insert(slot);
    for (unsigned slot = layout_.persistent_slots; slot <= tpm::last_slot; ++slot) {
        if (std::filesystem::exists(slot_path(directory_, slot))) numbers.insert(slot);
    }
    return numbers;
}

Slot SlotSurvey::look(unsigned number) {
    auto slot = layout_.is_persistent(number) ? look_in_tpm(number) : look_at_file(number);
    if (const auto staged = staged_.get(number); staged && is_of_use(staged->proof))
        slot.staged = staged->identity;
    return slot;
}

// The order of writing is text first, key last. So a text (or an index that was never written) without a key
// is ours and unfinished, and a key without a text is somebody else's. In the slot of a device that its
// certificate identifies, a text without a key is all there is.
Slot SlotSurvey::look_in_tpm(unsigned number) const {
    Slot slot{number, Slot::State::empty, KeyPlace::tpm, {}, {}, {}};
    const auto handle = layout_.key_handle(number);
    const auto index = layout_.nv_index(number);
    const bool has_key = keys_.contains(handle);
    const auto as = [&](Slot::State state, const std::string& remark) {
        slot.state = state;
        slot.remark = remark;
        return slot;
    };
    if (!texts_.contains(index)) {
        if (!has_key) return slot;
        return as(Slot::State::foreign, "the TPM holds a key at " + hex(handle) + " but no identity at " +
                                            hex(index) + ": it is another program's");
    }
    std::optional<tpm::NvContent> content;
    try {
        content = sequence_.read_nv(index);
    } catch (const tpm::ForeignObject& error) {
        return as(Slot::State::foreign, error.what());
    }
    if (!content || !content->written) {
        if (!has_key)
            return as(Slot::State::unfinished, "NV index " + hex(index) + " is ours, but was never written");
        return as(Slot::State::foreign, "the TPM holds a key at " + hex(handle) + " while NV index " +
                                            hex(index) + " was never written");
    }
    slot.identity = Identity::parse(content->text);
    if (!slot.identity)
        return as(Slot::State::foreign,
                  "NV index " + hex(index) + " of the TPM holds something that is no identity");
    if (!has_key && number == certificate_slot_ && !slot.identity->module) {
        slot.place = KeyPlace::certificate;
        slot.state = Slot::State::filled;
        return slot;
    }
    if (!has_key) {
        slot.identity.reset();
        return as(Slot::State::unfinished,
                  "NV index " + hex(index) + " is ours, but there is no key at " + hex(handle));
    }
    slot.state = Slot::State::filled;
    return slot;
}

Slot SlotSurvey::look_at_file(unsigned number) {
    Slot slot{number, Slot::State::empty, KeyPlace::wrapped, {}, {}, {}};
    const auto file = read_slot_file(slot_path(directory_, number));
    if (!file) return slot;
    if (std::holds_alternative<ByCertificate>(file->proof)) slot.place = KeyPlace::certificate;
    if (is_of_use(file->proof)) {
        slot.state = Slot::State::filled;
        slot.identity = file->identity;
    } else {
        slot.state = Slot::State::unfinished;
        slot.remark = std::holds_alternative<SecretBytes>(file->proof) ? in_clear : other_parent;
    }
    return slot;
}

bool SlotSurvey::is_of_use(const SlotProof& proof) {
    if (const auto* wrapped = std::get_if<WrappedSlotKey>(&proof)) {
        if (!parent_) parent_ = sequence_.name_of(tpm::storage_root_key_handle).value_or(Bytes{});
        return wrapped->parent == *parent_;
    }
    return std::holds_alternative<ByCertificate>(proof);
}

}  // namespace device_agent::identity
