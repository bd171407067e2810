// SPDX-License-Identifier: Apache-2.0
// The life of the daemon: serve what is there, bring about what is missing, try again, obey.
#pragma once

#include "app_api/agent.hpp"
#include "daemon/condition.hpp"
#include "daemon/pace.hpp"
#include "daemon/work.hpp"
#include "foundation/call_context.hpp"

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>

namespace device_agent::daemon {

class Supervisor {
public:
    /// `tell` is called on the thread of run() whenever the condition is another one. All outlive it.
    Supervisor(Work& work, Clock& clock, Jitter& jitter, std::function<void(const Condition&)> tell);

    /// Returns when a stop is requested. What still waits is refused then.
    void run(const std::stop_token& stop);

    // From any thread; they interrupt what the supervisor does for itself, and return at once.

    /// Has an operation that changes something done.
    void submit(app_api::Operation operation, app_api::Administration::Progress progress,
                app_api::Administration::Done done);
    /// Has the configuration taken as it is now; `done` is called when that, or its refusal, is over.
    void reload(std::function<void()> done);

    [[nodiscard]] Condition condition() const;

private:
    using Task = std::function<void()>;
    using State = Condition::State;

    void put(Task task);
    void interrupt();
    /// The next task, if one waits; and what interrupts whatever is done instead.
    [[nodiscard]] std::optional<Task> take(std::stop_token& interruption);

    void look();
    void attempt(const std::stop_token& interruption);
    void pause(const std::stop_token& interruption);
    void perform(const app_api::Operation& operation, const app_api::Administration::Progress& progress,
                 const app_api::Administration::Done& done);
    void take_configuration();

    void follow(const Outlook& outlook);
    void fail(const Error& error);
    void become(State state, const std::string& error = {},
                std::optional<std::chrono::milliseconds> delay = {});

    Work& work_;
    Clock& clock_;
    Jitter& jitter_;
    std::function<void(const Condition&)> tell_;

    // Of the thread of run().
    Pace pace_;
    std::optional<Backoff> looks_;  // while somebody else fills the slots
    bool is_to_provision_ = false;
    std::optional<SteadyTime> due_;

    mutable std::mutex mutex_;
    std::deque<Task> tasks_;
    std::stop_source interruption_;
    bool ended_ = false;
    Condition condition_;
};

}  // namespace device_agent::daemon
