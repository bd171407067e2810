// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace emulator::control {

/// The control API says no: `status` and a message for whoever drives the emulator.
class Refusal : public std::runtime_error {
public:
    Refusal(int status, const std::string& message) : std::runtime_error(message), status_(status) {}
    [[nodiscard]] int status() const noexcept { return status_; }

private:
    int status_;
};

}  // namespace emulator::control
