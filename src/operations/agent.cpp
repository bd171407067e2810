// SPDX-License-Identifier: Apache-2.0
#include "operations/agent.hpp"

#include "operations/daemon_client.hpp"
#include "operations/local_agent.hpp"

#include <utility>

namespace device_agent::operations {
namespace {

/// The daemon started while we waited for the lock, which it keeps.
struct DaemonRuns {};

class AnyAgent final : public Agent {
public:
    AnyAgent(config::Configuration configuration, std::stop_token stop)
        : configuration_(std::move(configuration)), stop_(std::move(stop)) {}

    SecretText perform(const Operation& operation, const Observer& observer) override {
        if (!chosen_) choose();
        try {
            return chosen_->perform(operation, observer);
        } catch (const DaemonRuns&) {
            chosen_ = std::make_unique<DaemonClient>(configuration_.socket, stop_);
            return chosen_->perform(operation, observer);
        }
    }

private:
    void choose() {
        if (daemon_at(configuration_.socket)) {
            chosen_ = std::make_unique<DaemonClient>(configuration_.socket, stop_);
            return;
        }
        chosen_ = std::make_unique<LocalAgent>(configuration_, stop_, [this] {
            if (daemon_at(configuration_.socket)) throw DaemonRuns{};
        });
    }

    config::Configuration configuration_;
    std::stop_token stop_;
    std::unique_ptr<Agent> chosen_;
};

}  // namespace

std::unique_ptr<Agent> open_agent(config::Configuration configuration, std::stop_token stop) {
    return std::make_unique<AnyAgent>(std::move(configuration), std::move(stop));
}

}  // namespace device_agent::operations
