// SPDX-License-Identifier: Apache-2.0
#include "slot_report.hpp"

#include "identity/credentials.hpp"
#include "table.hpp"

#include <nlohmann/json.hpp>

#include <ostream>

namespace device_agent::app {
namespace {

using identity::KeyPlace;
using identity::Slot;

const char* name_of(Slot::State state) {
    switch (state) {
        case Slot::State::empty:
            return "empty";
        case Slot::State::filled:
            return "filled";
        case Slot::State::unfinished:
            return "unfinished";
        case Slot::State::foreign:
            break;
    }
    return "foreign";
}

const char* word_for(KeyPlace place) {
    switch (place) {
        case KeyPlace::tpm:
            return "tpm";
        case KeyPlace::wrapped:
            return "wrapped";
        case KeyPlace::file:
            return "file";
        case KeyPlace::certificate:
            break;
    }
    return "certificate";
}

const char* words_for(KeyPlace place) {
    switch (place) {
        case KeyPlace::tpm:
            return "in the TPM";
        case KeyPlace::wrapped:
            return "wrapped by the TPM";
        case KeyPlace::file:
            return "in a file";
        case KeyPlace::certificate:
            break;
    }
    return "by certificate";
}

}  // namespace

std::vector<SlotReport> report_slots(Device& device, const std::vector<unsigned>& slots, bool with_tokens) {
    std::vector<SlotReport> reports;
    for (auto& slot : device.store().look(slots)) {
        SlotReport report{std::move(slot), {}, {}};
        report.purpose = device.purpose_of(report.slot.number);
        const bool can_sign =
            report.slot.state == Slot::State::filled && report.slot.place != KeyPlace::certificate;
        if (with_tokens && can_sign) {
            const auto expires = device.now() + device.token_life();
            report.token_valid_until = identity::mint_token(device.store(), report.slot, expires).expires;
        }
        reports.push_back(std::move(report));
    }
    return reports;
}

std::vector<SlotReport> report_all_slots(Device& device) {
    std::vector<SlotReport> reports;
    for (auto& slot : device.store().look_everywhere({})) {
        const auto number = slot.number;
        reports.push_back({std::move(slot), device.purpose_of(number), {}});
    }
    return reports;
}

nlohmann::json to_json(const SlotReport& report) {
    const auto& slot = report.slot;
    nlohmann::json json{{"slot", slot.number},        {"state", name_of(slot.state)},
                        {"for", report.purpose},      {"hub", nullptr},
                        {"device", nullptr},          {"module", nullptr},
                        {"key", word_for(slot.place)}};
    if (slot.identity) {
        json["hub"] = slot.identity->hub;
        json["device"] = slot.identity->device;
        if (slot.identity->module) json["module"] = *slot.identity->module;
    }
    if (slot.staged) json["staged"] = slot.staged->text();
    if (!slot.remark.empty()) json["remark"] = slot.remark;
    if (report.token_valid_until) json["tokenValidUntil"] = format_utc(*report.token_valid_until);
    return json;
}

void print_slots(std::ostream& out, const std::vector<SlotReport>& reports, bool with_tokens) {
    std::vector<std::vector<std::string>> rows{{"SLOT", "HUB", "DEVICE", "MODULE", "FOR", "KEY"}};
    if (with_tokens) rows.front().emplace_back("TOKEN VALID UNTIL");
    for (const auto& report : reports) {
        const auto& slot = report.slot;
        const std::string key =
            slot.state == Slot::State::filled ? words_for(slot.place) : name_of(slot.state);
        const auto identity = slot.identity.value_or(identity::Identity{"-", "-", std::nullopt});
        rows.push_back({std::to_string(slot.number), identity.hub, identity.device,
                        identity.module.value_or("-"), report.purpose.empty() ? "-" : report.purpose, key});
        if (with_tokens)
            rows.back().push_back(report.token_valid_until ? format_utc(*report.token_valid_until) : "-");
    }
    print_table(out, rows);
    for (const auto& report : reports) {
        if (!report.slot.remark.empty())
            out << "slot " << report.slot.number << ": " << report.slot.remark << "\n";
        if (report.slot.staged)
            out << "slot " << report.slot.number << ": " << report.slot.staged->text()
                << " waits to take it\n";
    }
}

}  // namespace device_agent::app
