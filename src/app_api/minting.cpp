// SPDX-License-Identifier: Apache-2.0
#include "app_api/minting.hpp"

#include "app_api/wakeup.hpp"

#include <memory>

namespace device_agent::app_api {
namespace {

namespace asio = boost::asio;

struct Signed {
    explicit Signed(std::weak_ptr<Wakeup> who_waits) : wakeup(std::move(who_waits)) {}
    std::weak_ptr<Wakeup> wakeup;
    bool has_come = false;
    TokenPointer token{};
    std::exception_ptr failure{};
};

}  // namespace

asio::awaitable<TokenPointer> mint(Minter& minter, ServedIdentity served, std::chrono::seconds life) {
    const auto wakeup = std::make_shared<Wakeup>(co_await asio::this_coro::executor);
    const auto arrival = std::make_shared<Signed>(wakeup);
    minter.mint(served, life, [arrival](TokenPointer token, std::exception_ptr failure) {
        arrival->token = std::move(token);
        arrival->failure = std::move(failure);
        arrival->has_come = true;
        wake(arrival->wakeup);
    });
    while (!arrival->has_come)
        co_await wakeup->wait();
    if (arrival->failure) std::rethrow_exception(arrival->failure);
    co_return arrival->token;
}

}  // namespace device_agent::app_api
