// SPDX-License-Identifier: Apache-2.0
// Transactions that go to the disk together. For the database alone.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace emulator::store {

class Group {
public:
    // For whoever has the database's turn.
    std::vector<std::function<void()>> after_commit{};  ///< of its members, in their order
    bool is_due = false;                                ///< the committer knows of it

    /// Calls `told` with the outcome: at once when it is known, else from the thread that ends the group.
    void when_ended(std::function<void(bool kept)> told) {
        {
            const std::scoped_lock lock(mutex_);
            if (!kept_) {
                waiting_.push_back(std::move(told));
                return;
            }
        }
        told(*kept_);
    }

    void end(bool kept) {
        std::vector<std::function<void(bool)>> waiting;
        {
            const std::scoped_lock lock(mutex_);
            kept_ = kept;
            waiting.swap(waiting_);
        }
        for (const auto& told : waiting)
            told(kept);
    }

private:
    std::mutex mutex_;
    std::optional<bool> kept_{};
    std::vector<std::function<void(bool)>> waiting_{};
};

}  // namespace emulator::store
