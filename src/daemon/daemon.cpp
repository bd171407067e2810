// SPDX-License-Identifier: Apache-2.0
#include "daemon/daemon.hpp"

#include "daemon/configuration_watch.hpp"
#include "daemon/lone_daemon.hpp"
#include "daemon/pulse.hpp"
#include "daemon/shared_tpm.hpp"
#include "daemon/sockets.hpp"
#include "daemon/view.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"
#include "operations/keeping.hpp"

#include <thread>
#include <utility>

namespace device_agent::daemon {
namespace {

constexpr std::chrono::seconds lock_patience{60};

// A socket that systemd made is open, whoever serves it.
std::vector<service_manager::Socket> take_sockets(const std::filesystem::path& socket) {
    auto sockets = service_manager::take_sockets();
    if (sockets.empty()) require_nobody_at(socket);
    return sockets;
}

std::unique_ptr<tpm::Tpm> open_shared_tpm(const config::Configuration& configuration, Clock& clock,
                                          JobThread& thread, const std::stop_token& stop) {
    auto tpm = operations::open_tpm(configuration, clock, stop);
    if (!tpm) return nullptr;
    return std::make_unique<SharedTpm>(std::move(tpm), thread);
}

std::string in_words(const Condition& condition) {
    std::string words = name_of(condition.state);
    if (condition.next_attempt) words += ", next attempt " + format_utc(*condition.next_attempt);
    if (!condition.last_error.empty()) words += ": " + condition.last_error;
    return words;
}

}  // namespace

Daemon::Daemon(std::filesystem::path config_file, const config::Configuration& configuration,
               const std::stop_token& stop)
    : stopped_from_outside_(stop, [this] { stop_.request_stop(); }),
      config_file_(std::move(config_file)),
      handed_over_(take_sockets(configuration.socket)),
      tpm_thread_("tpm"),
      machine_(configuration.state_directory,
               open_shared_tpm(configuration, clock_, tpm_thread_, stop_.get_token()), clock_,
               stop_.get_token()),
      work_(config_file_, configuration, machine_, tpm_thread_, changes_,
            [this](app_api::ViewPointer view) { publish(std::move(view)); }),
      supervisor_(work_, clock_, jitter_,
                  [](const Condition& condition) { service_manager::status(in_words(condition)); }),
      administration_(supervisor_, work_),
      tokens_([this] { return work_.slots(); }, tpm_thread_, changes_, machine_.time()) {
    if (handed_over_.empty())
        machine_.when_locked_out([socket = configuration.socket] { require_nobody_at(socket); });
    machine_.lock_for_change(machine_.context(lock_patience));
    changes_.when_changed([this] { work_.serve(); });
    auto [api, credentials] = open_sockets(configuration.socket, handed_over_);
    server_ =
        std::make_unique<app_api::Server>(std::move(api), std::move(credentials), tokens_, administration_);
}

// What still waits to be signed refers to what goes now.
Daemon::~Daemon() {
    tpm_thread_.run([] {});
}

void Daemon::run() {
    try {
        work_.serve();
    } catch (const Error& error) {
        log::error("the slots cannot be read; nothing is served yet", {{"reason", explain(error)}});
        publish(make_view(work_.device()->configuration(), {}, changes_));
    }
    std::thread sockets([this] { serve_sockets(); });
    std::thread supervisor([this] { supervisor_.run(stop_.get_token()); });
    service_manager::ready("serving");
    log::info("serving", {{"socket", work_.device()->configuration().socket.string()}});
    {
        const ConfigurationWatch watch(config_file_, [this] { reload(); });
        wait_for_stop();
    }
    service_manager::stopping();
    log::info("stopping");
    last_resort_.emplace();
    sockets.join();
    supervisor.join();
    if (failure_) std::rethrow_exception(failure_);
}

void Daemon::reload() {
    service_manager::reloading();
    supervisor_.reload([this] { service_manager::ready(in_words(supervisor_.condition())); });
}

void Daemon::publish(app_api::ViewPointer view) {
    server_->serve(std::move(view));
}

void Daemon::serve_sockets() {
    try {
        server_->run(stop_.get_token());
    } catch (...) {
        failure_ = std::current_exception();
        stop_.request_stop();
    }
}

void Daemon::wait_for_stop() {
    constexpr std::chrono::hours no_hurry{24};
    Pulse pulse(tpm_thread_);
    const auto watchdog = service_manager::watchdog();
    const auto interval = watchdog ? std::chrono::duration_cast<std::chrono::milliseconds>(*watchdog / 2)
                                   : std::chrono::milliseconds(no_hurry);
    const auto stop = stop_.get_token();
    while (!stop.stop_requested()) {
        if (watchdog && pulse.is_felt()) service_manager::alive();
        try {
            clock_.wait(interval, stop);
        } catch (const Error&) {  // the stop
            return;
        }
    }
}

}  // namespace device_agent::daemon
