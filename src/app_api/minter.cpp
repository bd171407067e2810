// SPDX-License-Identifier: Apache-2.0
#include "app_api/minter.hpp"

#include <optional>

namespace device_agent::app_api {

void Minter::mint(const ServedIdentity& served, std::chrono::seconds life, Done done) {
    auto key = token_key(served, life);
    if (const auto pending = pending_.find(key); pending != pending_.end()) {
        pending->second.waiting.push_back(std::move(done));
        return;
    }
    const auto number = ++signatures_;
    auto& pending = pending_[key];
    pending = {.number = number, .asked = now_(), .waiting = {}};
    pending.waiting.push_back(std::move(done));
    auto arrived = [this, inbox = inbox_, key, number](std::optional<cloud::SasToken> token,
                                                       const std::exception_ptr& failure) {
        TokenPointer shared = token ? std::make_shared<const cloud::SasToken>(std::move(*token)) : nullptr;
        // `this` lives as long as the inbox is open.
        inbox->put([this, key, number, shared, failure] { finish(key, number, shared, failure); });
    };
    source_.mint(served.slot, life, std::move(arrived));
}

void Minter::finish(const TokenKey& key, std::uint64_t number, const TokenPointer& token,
                    const std::exception_ptr& failure) {
    std::vector<Done> waiting;
    if (const auto pending = pending_.find(key);
        pending != pending_.end() && pending->second.number == number) {
        if (token) cache_.keep(key, token, pending->second.asked);
        waiting = std::move(pending->second.waiting);
        pending_.erase(pending);
    } else if (auto old = outdated_.extract(number)) {
        waiting = std::move(old.mapped());
    }
    for (const auto& done : waiting)
        done(token, failure);
}

void Minter::forget() {
    cache_.clear();
    for (auto& [key, pending] : pending_)
        outdated_.emplace(pending.number, std::move(pending.waiting));
    pending_.clear();
}

}  // namespace device_agent::app_api
