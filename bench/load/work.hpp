// SPDX-License-Identifier: Apache-2.0
// The three loads, each from the sight of one client.
#pragma once

#include "bench/load/plan.hpp"
#include "bench/load/tls_client.hpp"

#include <cstddef>

namespace bench::load {

/// What the clients of a run share; they run on one thread.
struct Run {
    const Plan& plan;
    boost::asio::io_context& context;
    boost::asio::ssl::context& tls;
    std::size_t done = 0;  ///< handshakes, registrations, or modules that are connected
};

/// One full handshake.
boost::asio::awaitable<void> shake_hands(Run& run);

/// A device that was never seen registers by its key of an enrollment group: PUT, and one GET for the result,
/// over a connection of its own. `number` is its own in this run.
boost::asio::awaitable<void> register_device(Run& run, std::size_t number);

/// Module `number` connects by MQTT, subscribes to its methods and its twin, and stays until the process
/// ends.
boost::asio::awaitable<void> stay_connected(Run& run, std::size_t number);

}  // namespace bench::load
