// SPDX-License-Identifier: Apache-2.0
// emulator_load PLAN: puts one load on an emulator, as the JSON file says (bench/load/plan.hpp). Handshakes
// and registrations: prints {"done", "seconds"} in the end. Modules: prints {"done", "seconds"} when all are
// connected, and holds them until it is killed. Any failure ends it.
#include "bench/load/work.hpp"
#include "foundation/encoding.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fstream>
#include <iostream>
#include <stdexcept>
#include <sys/resource.h>

namespace {

namespace asio = boost::asio;
using namespace bench::load;
using Clock = std::chrono::steady_clock;

// So many modules shake hands at a time: as many more would only wait, and run into the emulator's time for
// it.
constexpr std::size_t most_at_a_time = 32;

Plan read_plan(const char* file) {
    std::ifstream in(file);
    const auto json = nlohmann::json::parse(in);
    auto key = device_agent::base64_decode(json.value("key", ""));
    if (!key) throw std::runtime_error("the plan's key is not base64");
    return parse_plan(json, std::move(*key));
}

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

void report(std::size_t done, Clock::time_point start) {
    const std::chrono::duration<double> took = Clock::now() - start;
    std::cout << nlohmann::json{{"done", done}, {"seconds", took.count()}} << std::endl;
}

// One client after the other until the time is over.
asio::awaitable<void> repeat(Run& run, std::size_t& next, Clock::time_point end) {
    while (Clock::now() < end) {
        const auto number = next++;
        if (run.plan.mode == "handshakes") {
            co_await shake_hands(run);
        } else {
            co_await register_device(run, number);
        }
        ++run.done;
    }
}

// The others follow as those before them are in.
asio::awaitable<void> connect_all(Run& run, Clock::time_point start) {
    const auto rethrow = [](const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);
    };
    asio::steady_timer pause(run.context);
    for (std::size_t begun = 0; run.done < run.plan.clients;) {
        for (; begun < run.plan.clients && begun < run.done + most_at_a_time; ++begun)
            asio::co_spawn(run.context, stay_connected(run, begun), rethrow);
        pause.expires_after(std::chrono::milliseconds(1));
        co_await pause.async_wait(asio::use_awaitable);
    }
    report(run.done, start);
}

void put_load(const Plan& plan) {
    asio::io_context context(1);
    auto tls = make_context(plan.ca_file);
    Run run{plan, context, tls};
    const auto rethrow = [](const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);
    };
    const auto start = Clock::now();
    if (plan.mode == "modules") {
        asio::co_spawn(context, connect_all(run, start), rethrow);
        context.run();
        return;
    }
    if (plan.mode != "handshakes" && plan.mode != "registrations")
        throw std::runtime_error("there is no mode \"" + plan.mode + "\"");
    std::size_t next = 0;
    for (std::size_t i = 0; i < plan.clients; ++i)
        asio::co_spawn(context, repeat(run, next, start + plan.duration), rethrow);
    context.run();
    report(run.done, start);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: emulator_load PLAN\n";
        return 2;
    }
    try {
        raise_descriptor_limit();
        put_load(read_plan(argv[1]));
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return EXIT_FAILURE;
    }
}
