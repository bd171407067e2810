// SPDX-License-Identifier: Apache-2.0
// Waiting for a signature, in a coroutine.
#pragma once

#include "app_api/minter.hpp"

#include <boost/asio/awaitable.hpp>

namespace device_agent::app_api {

/// On the API's thread. Throws what signing failed by.
[[nodiscard]] boost::asio::awaitable<TokenPointer> mint(Minter& minter, ServedIdentity served,
                                                        std::chrono::seconds life);

}  // namespace device_agent::app_api
