// SPDX-License-Identifier: Apache-2.0
// A twin as queries see it.
#pragma once

#include "emulator/hub/query/expression.hpp"
#include "emulator/hub/twin.hpp"

namespace emulator::hub {

/// Copies nothing large unless a query asks for what few ask for. All arguments outlive it. For one thread.
class TwinSubject final : public query::Subject {
public:
    TwinSubject(const Identity& identity, const Twin& twin, const LiveState& live)
        : identity_(identity), twin_(twin), live_(live) {}

    [[nodiscard]] const nlohmann::json* find(const query::Path& path) const override;

    /// As the service API shows the twin.
    [[nodiscard]] const nlohmann::json& document() const;

private:
    const Identity& identity_;
    const Twin& twin_;
    const LiveState& live_;
    mutable nlohmann::json ids_{};       // made when asked for
    mutable nlohmann::json document_{};  // likewise
};

}  // namespace emulator::hub
