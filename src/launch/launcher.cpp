// SPDX-License-Identifier: Apache-2.0
#include "launch/launcher.hpp"

#include "foundation/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iostream>
#include <poll.h>

namespace device_agent::launch {
namespace {

using namespace std::chrono_literals;

constexpr auto a_day = 86400s;
/// So long a wait is not worth a word.
constexpr auto short_wait = 1s;

void say(const std::string& words) {
    std::cerr << "device-agent: " << words << std::endl;
}

ErrorCode code_of(const client::Error& error) {
    switch (error.code()) {
        case DEVICE_AGENT_PERMISSION:
            return ErrorCode::permission;
        case DEVICE_AGENT_AMBIGUOUS:
        case DEVICE_AGENT_USAGE:
            return ErrorCode::usage;
        case DEVICE_AGENT_PROTOCOL:
            return ErrorCode::network;
        default:
            return ErrorCode::internal;
    }
}

}  // namespace

Launcher::Launcher(const client::Client& client, Settings settings)
    : client_(client), settings_(std::move(settings)) {
    watch(settings_.expiry.value_or(a_day));
}

void Launcher::watch(std::chrono::seconds life) {
    client::Callbacks callbacks;
    callbacks.credentials = [this](const auto& credentials) { take_credentials(credentials); };
    callbacks.refused = [this](const auto& error) { take_refusal(error); };
    callbacks.removed = [this] { take_removal(); };
    callbacks.gone = [this](const auto& error) {
        if (has_started_) return;
        say(std::string("waiting: ") + error.what());
        has_told_to_wait_ = true;
    };
    watch_.emplace(client_, life, std::move(callbacks));
}

int Launcher::run() {
    while (!exit_code_) {
        std::array<pollfd, 2> waited{pollfd{watch_->fd(), POLLIN, 0}, pollfd{signals_.fd(), POLLIN, 0}};
        ::poll(waited.data(), waited.size(), static_cast<int>(time_to_wait().count()));
        take_signals();
        if (!exit_code_) watch_->dispatch(0ms);
        if (wants_other_watch_) {
            wants_other_watch_ = false;
            watch(0s);
        }
        if (!exit_code_) act_on_time();
    }
    return *exit_code_;
}

void Launcher::take_credentials(const client::CredentialsView& credentials) {
    if (child_ && settings_.on_renewal.kind == OnRenewal::Kind::signal) {
        child_->send(settings_.on_renewal.signal);
        return;
    }
    const bool is_module = credentials.identity().module.has_value();
    const std::string by_identity =
        is_module ? "IOTHUB_MODULE_CONNECTION_STRING" : "IOTHUB_DEVICE_CONNECTION_STRING";
    environment_.emplace();
    environment_->set(settings_.variable.empty() ? by_identity : settings_.variable,
                      credentials.connection_string());
    if (!credentials.certificate().empty()) environment_->set("X509_CERT_FILE", credentials.certificate());
    if (!credentials.private_key().empty()) environment_->set("X509_KEY_FILE", credentials.private_key());

    if (child_) {
        stop_child();
    } else {
        start_child();
    }
}

void Launcher::take_refusal(const client::Error& error) {
    // The day that was asked for is our own choice, so a shorter life will do.
    if (error.code() == DEVICE_AGENT_USAGE && !settings_.expiry && !asks_for_default_) {
        asks_for_default_ = true;
        wants_other_watch_ = true;
        return;
    }
    if (!has_started_) {
        std::string words = error.what();
        if (error.code() == DEVICE_AGENT_AMBIGUOUS) words += "; for exec: --application NAME";
        throw Error(code_of(error), words);
    }
    say(std::string("the program goes on with what it has: ") + error.what());
}

void Launcher::take_removal() {
    environment_.reset();
    if (!child_) return;
    if (settings_.on_renewal.kind == OnRenewal::Kind::restart) {
        say("the identity was removed: the program is ended until it is there again");
        stop_child();
    } else {
        child_->send(settings_.on_renewal.signal);
    }
}

void Launcher::start_child() {
    has_started_ = true;
    if (settings_.on_renewal.kind == OnRenewal::Kind::nothing) {
        sigset_t own;
        ::sigprocmask(SIG_SETMASK, &signals_.mask_before(), &own);
        exit_code_ = report_failure(settings_.command, become(settings_.command, *environment_));
        return;
    }
    child_.emplace(settings_.command, *environment_, signals_.mask_before());
    environment_.reset();
    if (child_->failure() != 0) exit_code_ = report_failure(settings_.command, child_->failure());
}

void Launcher::stop_child() {
    if (kill_at_) return;
    child_->send(SIGTERM);
    kill_at_ = Clock::now() + settings_.grace;
}

void Launcher::take_signals() {
    while (const auto arrived = signals_.next()) {
        if (arrived->number == SIGCHLD) {
            reap();
        } else if (child_) {
            // What the terminal sends has reached the child as well.
            if (!arrived->is_of_kernel) child_->send(arrived->number);
            if (kill_at_ && (arrived->number == SIGTERM || arrived->number == SIGINT)) is_ending_ = true;
        } else {
            end_by(arrived->number);
        }
    }
}

// Nothing runs yet, or between two runs: the signal means this process alone.
void Launcher::end_by(int signal) {
    if (signal == SIGWINCH || signal == SIGCONT) return;
    exit_code_ = 128 + signal;
}

void Launcher::reap() {
    if (!child_) return;
    const auto code = child_->exit_code();
    if (!code) return;
    child_.reset();
    const bool was_told_to = kill_at_.has_value();
    kill_at_.reset();
    if (!was_told_to || is_ending_) {
        exit_code_ = code;  // it ends when it likes, and so do we
    } else if (environment_) {
        start_child();
    }
}

std::chrono::milliseconds Launcher::time_to_wait() const {
    auto next = Clock::time_point::max();
    if (kill_at_) next = *kill_at_;
    if (!has_started_ && !has_told_to_wait_) next = std::min(next, begin_ + short_wait);
    if (!has_started_ && settings_.time_limit) next = std::min(next, begin_ + *settings_.time_limit);
    if (next == Clock::time_point::max()) return -1ms;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
    return std::clamp<std::chrono::milliseconds>(left, 0ms, 1h);
}

void Launcher::act_on_time() {
    const auto now = Clock::now();
    if (kill_at_ && now >= *kill_at_) {
        say("the program does not end on SIGTERM: it is killed");
        child_->send(SIGKILL);
        kill_at_ = Clock::time_point::max();
    }
    if (has_started_) return;
    if (settings_.time_limit && now >= begin_ + *settings_.time_limit) {
        throw Error(ErrorCode::not_provisioned,
                    "the identity was not there within " + std::to_string(settings_.time_limit->count()) +
                        " s: `device-agent status` tells why, or give it more time (--timeout)");
    }
    if (!has_told_to_wait_ && now >= begin_ + short_wait) {
        say("waiting until the identity is there; `device-agent status` tells why it is not");
        has_told_to_wait_ = true;
    }
}

}  // namespace device_agent::launch
