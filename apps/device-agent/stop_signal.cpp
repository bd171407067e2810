// SPDX-License-Identifier: Apache-2.0
#include "stop_signal.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace device_agent::app {

StopSignal::StopSignal() {
    // A peer that is gone is an error to tell, by the call that meets it. OpenSSL writes to sockets plainly.
    pipe_signal_before_ = std::signal(SIGPIPE, SIG_IGN);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, &before_);
    signals_ = ::signalfd(-1, &signals, SFD_CLOEXEC);
    done_ = ::eventfd(0, EFD_CLOEXEC);
    if (signals_ < 0 || done_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
    waiter_ = std::jthread([this] {
        std::array<pollfd, 2> watched{pollfd{signals_, POLLIN, 0}, pollfd{done_, POLLIN, 0}};
        while (!source_.stop_requested()) {
            if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return;
            if (watched[1].revents != 0) return;
            if (watched[0].revents != 0) take();
        }
    });
}

void StopSignal::take() {
    signalfd_siginfo signal{};
    if (::read(signals_, &signal, sizeof signal) != sizeof signal) return;
    const std::scoped_lock lock(mutex_);
    if (signal.ssi_signo == SIGHUP && hangup_) {
        hangup_();
    } else {
        source_.request_stop();
    }
}

void StopSignal::on_hangup(std::function<void()> work) {
    const std::scoped_lock lock(mutex_);
    hangup_ = std::move(work);
}

void StopSignal::give_back() {
    ::eventfd_write(done_, 1);
    waiter_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    if (pipe_signal_before_ != SIG_ERR) std::signal(SIGPIPE, pipe_signal_before_);
}

StopSignal::~StopSignal() {
    if (waiter_.joinable()) {
        ::eventfd_write(done_, 1);
        waiter_.join();
    }
    ::close(signals_);
    ::close(done_);
}

}  // namespace device_agent::app
