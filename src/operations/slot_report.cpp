// SPDX-License-Identifier: Apache-2.0
#include "operations/slot_report.hpp"

#include "identity/credentials.hpp"

#include <nlohmann/json.hpp>

namespace device_agent::operations {
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

}  // namespace

nlohmann::json report(const Device& device, const Slot& slot, bool with_token) {
    nlohmann::json json{{"slot", slot.number},
                        {"state", name_of(slot.state)},
                        {"for", device.purpose_of(slot.number)},
                        {"hub", nullptr},
                        {"device", nullptr},
                        {"module", nullptr},
                        {"key", word_for(slot.place)}};
    if (slot.identity) {
        json["hub"] = slot.identity->hub;
        json["device"] = slot.identity->device;
        if (slot.identity->module) json["module"] = *slot.identity->module;
    }
    if (slot.staged) json["staged"] = slot.staged->text();
    if (!slot.remark.empty()) json["remark"] = slot.remark;
    const bool can_sign = slot.state == Slot::State::filled && slot.place != KeyPlace::certificate;
    if (with_token && can_sign) {
        const auto expires = device.machine().time().now() + device.token_life();
        json["tokenValidUntil"] = format_utc(identity::mint_token(device.store(), slot, expires).expires);
    }
    return json;
}

nlohmann::json report(const Device& device, const std::vector<Slot>& slots, bool with_tokens) {
    auto reports = nlohmann::json::array();
    for (const auto& slot : slots)
        reports.push_back(report(device, slot, with_tokens));
    return reports;
}

}  // namespace device_agent::operations
