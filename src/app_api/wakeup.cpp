// SPDX-License-Identifier: Apache-2.0
#include "app_api/wakeup.hpp"

namespace device_agent::app_api {

namespace asio = boost::asio;

asio::awaitable<void> Wakeup::wait() {
    co_await timer_.async_wait(as_result);
}

asio::awaitable<void> Wakeup::wait_until(asio::steady_timer::time_point end) {
    timer_.expires_at(end);
    co_await timer_.async_wait(as_result);
}

}  // namespace device_agent::app_api
