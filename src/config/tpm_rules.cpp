// SPDX-License-Identifier: Apache-2.0
#include "config/handle.hpp"
#include "config/rules.hpp"

#include <array>
#include <cstdio>

namespace device_agent::config {
namespace {

struct Range {
    std::uint32_t first;
    std::uint32_t last;
    std::string_view owner;
};

// TCG Registry of Reserved TPM 2.0 Handles and Localities; TCG EK Credential Profile 2.x, section 2.2.1.4.
constexpr std::uint32_t last_owner_handle = 0x817FFFFF;
constexpr std::uint32_t last_nv_index = 0x01FFFFFF;
constexpr std::array<Range, 2> foreign_handles{
    {{0x81000001, 0x81000001, "the storage root key"}, {0x81010001, 0x81010001, "the endorsement key"}}};
constexpr std::array<Range, 1> foreign_indices{
    {{0x01C00000, 0x01C07FFF, "the endorsement key's certificates"}}};

std::string hex(std::uint32_t number) {
    std::array<char, 11> text{};
    static_cast<void>(std::snprintf(text.data(), text.size(), "0x%08X", number));
    return text.data();
}

// Where `slots` numbers from the base at `path` run into the end or into what is not ours.
template <std::size_t count>
void check_range(const Node& root, std::string_view path, std::int64_t slots, std::uint32_t end,
                 const std::array<Range, count>& foreign, Findings& findings) {
    const auto base_text = text_at(root, path);
    if (!base_text || slots == 0) return;
    const std::uint32_t first = parse_handle(*base_text);
    const std::uint32_t last = first + static_cast<std::uint32_t>(slots) - 1;
    const auto key = first_written(root, {path, "tpm.persistentSlots"});
    const auto refuse = [&](const std::string& reason) {
        findings.refuse(
            root.find_path(key)->place, std::string(key),
            "puts " + std::to_string(slots) + " slots at " + hex(first) + " to " + hex(last) + ", " + reason,
            "Choose another base, or fewer persistent slots.");
    };
    if (last > end) refuse("beyond the last one, " + hex(end));
    for (const auto& range : foreign) {
        if (first <= range.last && range.first <= last) {
            refuse("over " + std::string(range.owner) + " at " + hex(range.first));
        }
    }
}

}  // namespace

void check_tpm_rules(const Node& root, Findings& findings) {
    const auto slots = integer_at(root, "tpm.persistentSlots");
    if (!slots) return;
    check_range(root, "tpm.keyHandleBase", *slots, last_owner_handle, foreign_handles, findings);
    check_range(root, "tpm.nvIndexBase", *slots, last_nv_index, foreign_indices, findings);
}

}  // namespace device_agent::config
