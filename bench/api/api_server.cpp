// SPDX-License-Identifier: Apache-2.0
// The socket API with a key in memory behind it: what it costs by itself.
//
// usage: api_server SOCKET [SIGNATURE_MICROSECONDS]
// Grants App to whoever runs it; prints READY, and serves until SIGTERM. A signature takes that long on a
// thread of its own, as it would in a TPM.
#include "app_api/server.hpp"
#include "foundation/digest.hpp"

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <functional>
#include <iostream>
#include <mutex>
#include <pwd.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace device_agent;

class SlowSource final : public app_api::TokenSource {
public:
    explicit SlowSource(std::chrono::microseconds cost) : cost_(cost) {}

    void mint(const identity::Slot& slot, std::chrono::seconds life, Done done) override {
        const std::scoped_lock lock(mutex_);
        waiting_.push_back([this, slot, life, done = std::move(done)] { sign(slot, life, done); });
        changed_.notify_one();
    }

private:
    void sign(const identity::Slot& slot, std::chrono::seconds life, const Done& done) const {
        if (cost_.count() > 0) std::this_thread::sleep_for(cost_);
        const auto now = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
        done(cloud::make_sas_token(slot.identity->sas_resource(), now + life, "",
                                   [](ByteView data) { return hmac_sha256(as_bytes("key"), data); }),
             nullptr);
    }
    void work(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
            auto next = std::move(waiting_.front());
            waiting_.pop_front();
            lock.unlock();
            next();
            lock.lock();
        }
    }

    std::chrono::microseconds cost_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::function<void()>> waiting_;
    std::jthread thread_{[this](const std::stop_token& stop) { work(stop); }};
};

class NoAdministration final : public app_api::Administration {
public:
    void start(app_api::Operation, Progress, Done done) override { done(SecretText("{}"), nullptr); }
};

app_api::View view_for_me() {
    app_api::View view;
    const auto* me = ::getpwuid(::getuid());
    view.applications["App"] = {.users = {me == nullptr ? "root" : me->pw_name}, .groups = {}, .units = {}};
    view.administrators = view.applications["App"];
    app_api::ServedIdentity served;
    served.slot.state = identity::Slot::State::filled;
    served.slot.identity = identity::Identity{"hub.example", "device", "App"};
    view.identities["App"] = served;
    return view;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    sigset_t ends{};
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    SlowSource source(std::chrono::microseconds(argc > 2 ? std::atoi(argv[2]) : 0));
    NoAdministration administration;
    app_api::Server server(app_api::ListeningSocket::create(argv[1], 0666), std::nullopt, source,
                           administration);
    server.serve(std::make_shared<const app_api::View>(view_for_me()));
    const std::jthread serving([&](const std::stop_token& stop) { server.run(stop); });
    std::cout << "READY" << std::endl;
    int signal = 0;
    sigwait(&ends, &signal);
}
