// SPDX-License-Identifier: Apache-2.0
#include "slot_table.hpp"

#include "table.hpp"

#include <nlohmann/json.hpp>

#include <ostream>

namespace device_agent::app {
namespace {

std::string text_of(const nlohmann::json& slot, const char* name) {
    const auto value = slot.find(name);
    const bool is_text =
        value != slot.end() && value->is_string() && !value->get_ref<const std::string&>().empty();
    return is_text ? value->get<std::string>() : "-";
}

// Where the key lies, or why there is none.
std::string key_of(const nlohmann::json& slot) {
    const auto state = text_of(slot, "state");
    if (state != "filled") return state;
    const auto place = text_of(slot, "key");
    if (place == "tpm") return "in the TPM";
    if (place == "wrapped") return "wrapped by the TPM";
    return place == "file" ? "in a file" : "by certificate";
}

}  // namespace

void print_slots(std::ostream& out, const nlohmann::json& slots, bool with_tokens) {
    std::vector<std::vector<std::string>> rows{{"SLOT", "HUB", "DEVICE", "MODULE", "FOR", "KEY"}};
    if (with_tokens) rows.front().emplace_back("TOKEN VALID UNTIL");
    for (const auto& slot : slots) {
        rows.push_back({slot["slot"].dump(), text_of(slot, "hub"), text_of(slot, "device"),
                        text_of(slot, "module"), text_of(slot, "for"), key_of(slot)});
        if (with_tokens) rows.back().push_back(text_of(slot, "tokenValidUntil"));
    }
    print_table(out, rows);
    for (const auto& slot : slots) {
        const auto name = "slot " + slot["slot"].dump() + ": ";
        if (slot.contains("remark")) out << name << text_of(slot, "remark") << "\n";
        if (slot.contains("staged")) out << name << text_of(slot, "staged") << " waits to take it\n";
    }
}

std::string identity_in(const nlohmann::json& slot) {
    const auto identity = text_of(slot, "hub") + "/" + text_of(slot, "device");
    return slot["module"].is_string() ? identity + "/" + text_of(slot, "module") : identity;
}

}  // namespace device_agent::app
