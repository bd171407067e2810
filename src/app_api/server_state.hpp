// SPDX-License-Identifier: Apache-2.0
// What all connections share. Everything here belongs to the API's thread.
#pragma once

#include "app_api/accounts.hpp"
#include "app_api/agent.hpp"
#include "app_api/connection_table.hpp"
#include "app_api/inbox.hpp"
#include "app_api/limits.hpp"
#include "app_api/metrics.hpp"
#include "app_api/minter.hpp"
#include "app_api/rate_limiter.hpp"
#include "app_api/refusal_log.hpp"

#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <map>
#include <memory>

namespace device_agent::app_api {

struct ServerState {
    ServerState(TokenSource& source, Administration& operations, const Limits& bounds, InboxPointer box,
                std::shared_ptr<Accounts> names, boost::asio::thread_pool& name_threads)
        : administration(operations),
          limits(bounds),
          inbox(std::move(box)),
          accounts(std::move(names)),
          name_service(name_threads),
          minter(source, inbox, bounds.cached_tokens),
          rates(bounds),
          connections(bounds) {}

    Administration& administration;
    Limits limits;
    InboxPointer inbox;
    std::shared_ptr<Accounts> accounts;
    boost::asio::thread_pool& name_service;  // for `accounts`, which may block
    ViewPointer view = std::make_shared<const View>();

    Minter minter;
    RateLimiter rates;
    ConnectionTable connections;
    Metrics metrics;
    RefusalLog refusals;
    std::map<pid_t, std::size_t> streams;                            // open event streams, by process
    std::map<pid_t, std::size_t> signatures;                         // waited for, by process
    std::map<const void*, std::function<void()>> when_view_changes;  // by who wants to know
};

}  // namespace device_agent::app_api
