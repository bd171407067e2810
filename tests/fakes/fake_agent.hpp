// SPDX-License-Identifier: Apache-2.0
// The two ports behind the socket API.
#pragma once

#include "app_api/agent.hpp"
#include "foundation/digest.hpp"
#include "identity/credentials.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace device_agent::fakes {

/// Signs with a key in memory, at once or when it is told to.
class FakeTokenSource final : public app_api::TokenSource {
public:
    void mint(const identity::Slot& slot, std::chrono::seconds life, Done done) override {
        if (const auto failure = count_and_find_failure()) return done(std::nullopt, failure);
        auto work = [slot, life, done = std::move(done)] {
            const auto expires =
                std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now()) + life;
            const auto sign = [&](ByteView data) {
                return hmac_sha256(as_bytes("key of slot " + std::to_string(slot.number)), data);
            };
            done(cloud::make_sas_token(slot.identity->sas_resource(), expires, "", sign), nullptr);
        };
        const std::scoped_lock lock(mutex_);
        if (is_held_) {
            held_.push_back(std::move(work));
        } else {
            work();
        }
    }

    /// From now on nothing is signed until release().
    void hold() {
        const std::scoped_lock lock(mutex_);
        is_held_ = true;
    }
    void release() {
        std::vector<std::function<void()>> works;
        {
            const std::scoped_lock lock(mutex_);
            is_held_ = false;
            works.swap(held_);
        }
        for (const auto& work : works)
            work();
    }
    void fail_with(std::exception_ptr failure) {
        const std::scoped_lock lock(mutex_);
        fails_with_ = std::move(failure);
    }
    /// Waits until that many were asked for, from the beginning.
    void wait_until_asked(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return asked_ >= count; });
    }
    [[nodiscard]] std::size_t asked() const {
        const std::scoped_lock lock(mutex_);
        return asked_;
    }

private:
    std::exception_ptr count_and_find_failure() {
        const std::scoped_lock lock(mutex_);
        ++asked_;
        changed_.notify_all();
        return fails_with_;
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t asked_ = 0;
    bool is_held_ = false;
    std::exception_ptr fails_with_{};
    std::vector<std::function<void()>> held_;
};

/// Remembers what was asked for, and leaves it to the test to finish it.
class FakeAdministration final : public app_api::Administration {
public:
    struct Started {
        app_api::Operation operation;
        Progress progress;
        Done done;
    };

    void start(app_api::Operation operation, Progress progress, Done done) override {
        const std::scoped_lock lock(mutex_);
        started_.push_back({std::move(operation), std::move(progress), std::move(done)});
        changed_.notify_all();
    }
    /// Waits for the next one.
    Started next() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !started_.empty(); });
        auto first = std::move(started_.front());
        started_.erase(started_.begin());
        return first;
    }

    [[nodiscard]] bool is_idle() {
        const std::scoped_lock lock(mutex_);
        return started_.empty();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Started> started_;
};

}  // namespace device_agent::fakes
