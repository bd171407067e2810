// SPDX-License-Identifier: Apache-2.0
// Lets a coroutine wait for what happens elsewhere on the API's thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>

namespace device_agent::app_api {

/// Failures come back as values: at this edge they are ordinary.
inline constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

/// Belongs to the coroutine that waits, and must not outlive its executor's context: who wakes may, and holds
/// it weakly.
class Wakeup {
public:
    explicit Wakeup(const boost::asio::any_io_executor& executor)
        : timer_(executor, boost::asio::steady_timer::time_point::max()) {}

    void wake() { timer_.cancel(); }
    /// Until wake(), or until that much time has passed. Look at what you wait for before each call: a
    /// wake-up that nobody waits for is not kept.
    boost::asio::awaitable<void> wait();
    boost::asio::awaitable<void> wait_until(boost::asio::steady_timer::time_point end);

private:
    boost::asio::steady_timer timer_;
};

/// Does nothing when nobody waits any more.
inline void wake(const std::weak_ptr<Wakeup>& wakeup) {
    if (const auto here = wakeup.lock()) here->wake();
}

}  // namespace device_agent::app_api
