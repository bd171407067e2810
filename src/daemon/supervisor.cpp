// SPDX-License-Identifier: Apache-2.0
#include "daemon/supervisor.hpp"

#include "foundation/error.hpp"
#include "foundation/logging.hpp"

#include <utility>

namespace device_agent::daemon {
namespace {

using namespace std::chrono_literals;
using app_api::Operation;
using std::chrono::milliseconds;

// An attempt ends when nothing was achieved for so long; a slow network with many modules may take what it
// needs.
constexpr std::chrono::seconds patience_without_progress{60};
constexpr milliseconds first_look{1s};
constexpr milliseconds longest_look_interval{1min};
constexpr milliseconds no_hurry{24h};

/// Who asked is answered also when the task is dropped without having run.
class Answer {
public:
    explicit Answer(app_api::Administration::Done done) : done_(std::move(done)) {}
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;
    ~Answer() {
        if (!done_) return;
        const Error error(ErrorCode::cancelled, "device-agent run is stopping; nothing was begun",
                          Retry::later());
        done_({}, std::make_exception_ptr(error));
    }
    [[nodiscard]] app_api::Administration::Done take() { return std::exchange(done_, nullptr); }

private:
    app_api::Administration::Done done_;
};

}  // namespace

Supervisor::Supervisor(Work& work, Clock& clock, Jitter& jitter, std::function<void(const Condition&)> tell)
    : work_(work), clock_(clock), jitter_(jitter), tell_(std::move(tell)), pace_(jitter) {}

void Supervisor::run(const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] { interrupt(); });
    look();
    while (!stop.stop_requested()) {
        std::stop_token interruption;
        if (const auto task = take(interruption)) {
            (*task)();
        } else if (!stop.stop_requested() && due_ && clock_.steady_now() >= *due_) {
            is_to_provision_ ? attempt(interruption) : look();
        } else if (!stop.stop_requested()) {
            pause(interruption);
        }
    }
    std::deque<Task> refused;  // goes after the lock: what is refused still answers
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    refused.swap(tasks_);
}

void Supervisor::submit(Operation operation, app_api::Administration::Progress progress,
                        app_api::Administration::Done done) {
    // Dropped without having run, it still answers.
    const auto answer = std::make_shared<Answer>(std::move(done));
    put([this, operation = std::move(operation), progress = std::move(progress), answer] {
        perform(operation, progress, answer->take());
    });
}

void Supervisor::reload(std::function<void()> done) {
    put([this, done = std::move(done)] {
        take_configuration();
        done();
    });
}

Condition Supervisor::condition() const {
    const std::scoped_lock lock(mutex_);
    return condition_;
}

void Supervisor::put(Task task) {
    {
        const std::scoped_lock lock(mutex_);
        if (ended_) return;
        tasks_.push_back(std::move(task));
    }
    interrupt();
}

void Supervisor::interrupt() {
    const auto interruption = [this] {
        const std::scoped_lock lock(mutex_);
        return interruption_;
    }();
    interruption.request_stop();
}

std::optional<Supervisor::Task> Supervisor::take(std::stop_token& interruption) {
    const std::scoped_lock lock(mutex_);
    if (interruption_.stop_requested()) interruption_ = std::stop_source();
    interruption = interruption_.get_token();
    if (tasks_.empty()) return std::nullopt;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
}

void Supervisor::look() {
    try {
        work_.serve();
        follow(work_.outlook());
    } catch (const Error& error) {
        fail(error);
    } catch (const std::exception& error) {
        fail(Error(ErrorCode::internal, error.what()));
    }
}

void Supervisor::follow(const Outlook& outlook) {
    is_to_provision_ = outlook.next == Outlook::Next::provision;
    if (outlook.next != Outlook::Next::look_again) looks_.reset();
    switch (outlook.next) {
        case Outlook::Next::provision:
            return become(State::provisioning, condition().last_error, 0ms);
        case Outlook::Next::look_again:
            if (!looks_) looks_.emplace(first_look, longest_look_interval, jitter_);
            return become(State::waiting, outlook.why, looks_->next());
        case Outlook::Next::development:
            return become(State::development);
        case Outlook::Next::nothing:
            break;
    }
    pace_.reset();
    become(State::provisioned);
}

void Supervisor::attempt(const std::stop_token& interruption) {
    become(State::provisioning, condition().last_error, 0ms);
    CallContext context{clock_, jitter_, clock_.steady_now() + patience_without_progress, interruption};
    try {
        work_.provision(
            [&](const std::string& step) {
                log::info(step);
                context.deadline = clock_.steady_now() + patience_without_progress;
            },
            context);
        work_.serve();
        const auto rest = work_.outlook();
        if (rest.next == Outlook::Next::provision)
            return fail(Error(ErrorCode::internal, "there is still something to do: " + rest.why));
        follow(rest);
    } catch (const Error& error) {
        // Whatever interrupted it comes first; then it goes on.
        if (error.code() != ErrorCode::cancelled || !interruption.stop_requested()) fail(error);
    } catch (const std::exception& error) {
        fail(Error(ErrorCode::internal, error.what()));
    }
}

void Supervisor::pause(const std::stop_token& interruption) {
    const auto now = clock_.steady_now();
    // Rounded up: to wake a moment too early would mean to wait again.
    const auto delay = due_ ? std::chrono::ceil<milliseconds>(*due_ - now) : no_hurry;
    try {
        clock_.wait(delay, interruption);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::cancelled) throw;
    }
}

void Supervisor::perform(const Operation& operation, const app_api::Administration::Progress& progress,
                         const app_api::Administration::Done& done) {
    const bool empties =
        operation.kind == Operation::Kind::erase_slot || operation.kind == Operation::Kind::decommission;
    const auto before = condition();
    try {
        become(State::provisioning);
        auto document = work_.perform(operation, progress);
        if (empties) {
            is_to_provision_ = false;
            become(State::paused);
        } else {
            pace_.reset();
            look();
        }
        done(std::move(document), nullptr);
    } catch (const Error& error) {
        const bool provisions =
            operation.kind == Operation::Kind::provision || operation.kind == Operation::Kind::reprovision;
        if (provisions) {
            fail(error);
        } else {
            become(before.state, before.last_error,
                   due_ ? std::optional(std::chrono::ceil<milliseconds>(*due_ - clock_.steady_now()))
                        : std::nullopt);
        }
        done({}, std::current_exception());
    } catch (const std::exception& error) {
        fail(Error(ErrorCode::internal, error.what()));
        done({}, std::current_exception());
    }
}

void Supervisor::take_configuration() {
    try {
        work_.reload();
        log::info("the configuration is read anew");
        pace_.reset();
        look();
    } catch (const Error& error) {
        log::error("the configuration stays as it was", {{"reason", explain(error)}});
        const std::scoped_lock lock(mutex_);
        condition_.last_error = explain(error);
    }
    tell_(condition());
}

// After a while the slots are looked at, and what is missing then is tried again.
void Supervisor::fail(const Error& error) {
    is_to_provision_ = false;
    if (error.code() == ErrorCode::cancelled) return become(condition().state, condition().last_error, 0ms);
    const auto delay = pace_.after(error);
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(delay).count();
    log::warning("trying again in " + std::to_string(seconds) + " s", {{"reason", explain(error)}});
    become(State::retrying, explain(error), delay);
}

void Supervisor::become(State state, const std::string& error, std::optional<milliseconds> delay) {
    due_ = delay ? std::optional(clock_.steady_now() + *delay) : std::nullopt;
    Condition now;
    {
        const std::scoped_lock lock(mutex_);
        if (condition_.state != state) condition_.since = clock_.now();
        condition_.state = state;
        condition_.last_error = error;
        condition_.next_attempt.reset();
        if (delay && *delay > 0ms)
            condition_.next_attempt = clock_.now() + std::chrono::ceil<std::chrono::seconds>(*delay);
        now = condition_;
    }
    tell_(now);
}

}  // namespace device_agent::daemon
