// SPDX-License-Identifier: Apache-2.0
#include "emulator/run.hpp"

#include "emulator/certificates/host_name.hpp"
#include "emulator/emulator.hpp"
#include "emulator/http/server.hpp"
#include "emulator/instance/description.hpp"
#include "foundation/error.hpp"

#include <algorithm>
#include <csignal>
#include <ostream>
#include <pthread.h>
#include <sys/resource.h>

namespace emulator {
namespace {

using device_agent::Error;

constexpr std::uint16_t mqtt_default_port = 8883;

// Blocked here and in all threads that follow; wait() takes them. A reader of our output that went away ends
// nothing.
class StopSignals {
public:
    StopSignals() {
        sigemptyset(&set_);
        sigaddset(&set_, SIGTERM);
        sigaddset(&set_, SIGINT);
        pthread_sigmask(SIG_BLOCK, &set_, nullptr);
        std::signal(SIGPIPE, SIG_IGN);
    }
    void wait() const {
        int signal = 0;
        while (sigwait(&set_, &signal) != 0) {
        }
    }

private:
    sigset_t set_{};
};

// Thousands of clients need as many descriptors.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<std::string> checked_hubs(const std::vector<std::string>& names) {
    std::vector<std::string> hubs;
    for (const auto& name : names) {
        auto hub = certificates::check_host_name(name);
        if (std::find(hubs.begin(), hubs.end(), hub) == hubs.end()) hubs.push_back(std::move(hub));
    }
    return hubs;
}

std::vector<std::string> addresses_of(const RunOptions& options) {
    return options.listen ? std::vector{*options.listen} : std::vector<std::string>{"127.0.0.1", "::1"};
}

// The standard port is the only one that the SDKs speak; it may be taken, or reserved to root.
std::uint16_t listen_https(http::Server& server, const RunOptions& options) {
    const auto addresses = addresses_of(options);
    if (options.https_port) return server.listen(addresses, *options.https_port);
    try {
        return server.listen(addresses, 443);
    } catch (const Error&) {
        try {
            return server.listen(addresses, 8443);
        } catch (const Error& error) {
            throw Error(error.code(), std::string(error.what()) +
                                          "; nor was port 443 to be had: give --https-port a free one");
        }
    }
}

std::uint16_t listen_mqtt(http::Server& server, const RunOptions& options) {
    const auto addresses = addresses_of(options);
    if (options.mqtt_port) return server.listen(addresses, *options.mqtt_port, record::Protocol::mqtt);
    try {
        return server.listen(addresses, mqtt_default_port, record::Protocol::mqtt);
    } catch (const Error& error) {
        throw Error(error.code(), std::string(error.what()) + ": give --mqtt-port a free one");
    }
}

void introduce(std::ostream& out, const instance::Description& description,
               const std::filesystem::path& folder) {
    out << "DPS at " << description.dps_uri << ", ID scope " << description.id_scope << "; hubs:";
    for (const auto& hub : description.hubs)
        out << " " << hub;
    out << "\nWhat clients need is in " << (folder / "emulator.json").string() << "; trust "
        << description.ca_file << ".\nREADY" << std::endl;
}

}  // namespace

void run(const RunOptions& options, std::ostream& out) {
    const StopSignals stop;
    raise_descriptor_limit();
    const device_agent::SystemClock clock;

    const instance::DataDirectory directory(options.data);
    auto instance = directory.load_or_create(checked_hubs(options.hubs), clock.now());
    const auto certificate = directory.server_certificate(instance, clock.now());
    const auto open = [&](store::Content content, const std::filesystem::path& file) {
        return options.memory ? store::Database::in_memory(content) : store::Database::open(file, content);
    };
    Emulator emulator(open(store::Content::state, directory.database_file()),
                      open(store::Content::telemetry, directory.telemetry_file()), instance, clock);

    http::Server server(
        certificate,
        [&](const http::Request& request, record::ConnectionNumber connection) {
            return emulator.handle(request, connection);
        },
        emulator.record(), clock, http::Limits{}, &emulator.mqtt());
    const auto https_port = listen_https(server, options);
    const auto mqtt_port = listen_mqtt(server, options);
    const auto description = instance::describe(instance, directory.ca_file(), https_port, mqtt_port);
    server.start();
    instance::write_description(directory.path(), description);
    introduce(out, description, directory.path());

    stop.wait();
    server.stop();
    emulator.stop_waiting();
}

}  // namespace emulator
