// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/hub/device_link.hpp"

#include <vector>

namespace emulator::testing {

/// A connection that remembers what it was told. For one thread.
class FakeLink final : public hub::DeviceLink {
public:
    void desired_changed(const nlohmann::json& patch) override { patches.push_back(patch); }
    void message_waiting() override { ++waiting; }
    void invoke(const hub::MethodCall&, hub::MethodCompletion done) override { done(std::nullopt); }
    void close(const std::string& reason) override { closed.push_back(reason); }
    [[nodiscard]] std::optional<std::string> reason_against(const hub::Identity&,
                                                            const hub::Identity&) const override {
        return disproof;
    }

    std::vector<nlohmann::json> patches{};
    std::vector<std::string> closed{};
    int waiting = 0;
    std::optional<std::string> disproof{};
};

}  // namespace emulator::testing
