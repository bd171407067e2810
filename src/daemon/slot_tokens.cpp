// SPDX-License-Identifier: Apache-2.0
#include "daemon/slot_tokens.hpp"

#include "foundation/error.hpp"
#include "identity/credentials.hpp"

#include <utility>

namespace device_agent::daemon {

void SlotTokens::mint(const identity::Slot& slot, std::chrono::seconds life, Done done) {
    thread_.post(
        [this, slot, life, done = std::move(done)] {
            std::optional<cloud::SasToken> token;
            std::exception_ptr error;
            try {
                token = sign(slot, life);
            } catch (...) {
                error = std::current_exception();
            }
            done(std::move(token), error);
        },
        JobThread::Urgency::application);
}

cloud::SasToken SlotTokens::sign(const identity::Slot& slot, std::chrono::seconds life) const {
    // The key of one identity must never sign for another: the slot may have changed after the caller was
    // shown it.
    if (slot.identity && !changes_.still_holds(slot.number, *slot.identity)) {
        throw Error(ErrorCode::cancelled,
                    "slot " + std::to_string(slot.number) + " has just got another content; ask again",
                    Retry::later());
    }
    return identity::mint_token(*slots_(), slot, time_.now() + life);
}

}  // namespace device_agent::daemon
