// SPDX-License-Identifier: Apache-2.0
// Sends an answer that a fault spoils: late, in two parts, or not to its end.
#include "emulator/http/delivery.hpp"

#include "emulator/http/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>

namespace emulator::http {
namespace {

namespace asio = boost::asio;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// The executor is the connection's strand: the cancellation runs after the wait has begun.
asio::awaitable<void> pause(const Delivery& delivery) {
    const auto strand = co_await asio::this_coro::executor;
    const auto timer = std::make_shared<asio::steady_timer>(strand, delivery.pause);
    const std::stop_callback wake(delivery.cleared,
                                  [=] { asio::post(strand, [timer] { timer->cancel(); }); });
    co_await timer->async_wait(as_result);
}

}  // namespace

asio::awaitable<bool> Connection::write(std::string_view text) {
    stream_.next_layer().expires_after(edge_.limits.request);
    const auto [error, count] = co_await asio::async_write(stream_, asio::buffer(text), as_result);
    if (error) edge_.record.failed(number_, "writing an answer: " + error.message());
    stream_.next_layer().expires_never();
    co_return !error;
}

asio::awaitable<bool> Connection::deliver(Delivery delivery, std::string text, std::size_t body_size) {
    using Ending = Delivery::Ending;
    const auto rest = std::max<std::size_t>(body_size / 2, 1);
    const auto halfway = delivery.ending == Ending::whole ? 0 : text.size() - rest;
    const std::string_view whole = text;
    if (halfway > 0 && !co_await write(whole.substr(0, halfway))) co_return false;
    if (delivery.ending == Ending::cut_halfway) {
        edge_.record.failed(number_, "cut in the middle of an answer, by a fault");
        co_return false;
    }
    co_await pause(delivery);
    co_return co_await write(whole.substr(halfway));
}

}  // namespace emulator::http
