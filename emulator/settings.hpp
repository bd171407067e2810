// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/store/database.hpp"

#include <atomic>
#include <chrono>

namespace emulator {

/// What can be changed while the emulator runs, kept in its database. Thread-safe.
class Settings {
public:
    /// Longest poll interval that can be set: clients must cope with more than the five minutes that one of
    /// them takes.
    static constexpr std::chrono::seconds longest_retry_after{86'400};

    explicit Settings(store::Database& database);

    /// How long a registration takes, and what its polls are told to wait.
    [[nodiscard]] std::chrono::seconds retry_after() const {
        return std::chrono::seconds(retry_after_.load());
    }
    /// Between 0 and longest_retry_after.
    void set_retry_after(std::chrono::seconds value);

private:
    store::Database& database_;
    std::atomic<std::int64_t> retry_after_{1};
};

}  // namespace emulator
