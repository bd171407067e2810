// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/connection.hpp"

#include "emulator/http/closing.hpp"
#include "foundation/logging.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>

namespace emulator::mqtt {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using device_agent::SteadyTime;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// A client that does not read what it is sent is not listened to either, and is cut off in the end.
constexpr std::size_t most_unsent = 64UL * 1024;
constexpr auto longest_write = 20s;
constexpr auto closing_time = 2s;

}  // namespace

Connection::Connection(asio::any_io_executor executor, std::unique_ptr<ByteStream> stream, Services& services,
                       Peer peer)
    : executor_(std::move(executor)),
      stream_(std::move(stream)),
      services_(services),
      peer_(std::move(peer)),
      watch_(executor_),
      written_(executor_, SteadyTime::max()),
      pause_(executor_) {}

asio::awaitable<void> Connection::serve() {
    stream_->transport().expires_never();
    conversation_.emplace(services_, peer_, weak_from_this());
    peer_.certificates = {};
    start(watch());
    co_await read();
    while (write_began_)
        co_await until_written();
    if (close_began_) {
        stream_->transport().expires_after(closing_time);
        co_await http::drain(stream_->transport());
    }
    over_ = true;
    watch_.cancel();
    conversation_.reset();
}

asio::awaitable<void> Connection::read() {
    std::array<std::uint8_t, 4096> chunk{};
    for (;;) {
        while (unsent_ > most_unsent && !close_began_)
            co_await until_written();
        const auto [error, count] = co_await stream_->read_some(asio::buffer(chunk));
        if (error) {
            if (close_began_) co_return;
            const auto reason = http::is_plain_close(error) ? "" : "reading: " + error.message();
            if (!reason.empty()) services_.record.failed(peer_.connection, reason);
            conversation_->end(reason);
            pause_.cancel();
            co_return;
        }
        if (close_began_) continue;
        conversation_->receive(device_agent::ByteView(chunk).first(count));
        look_at_the_clock_by(deadline());
    }
}

void Connection::queue(std::string packet, std::optional<http::Delivery> delivery) {
    if (close_began_ || over_) return;
    unsent_ += packet.size();
    queue_.push_back({std::move(packet), std::move(delivery)});
    start_writing();
}

// At most one writer at a time.
void Connection::start_writing() {
    if (write_began_) return;
    write_began_ = services_.clock.steady_now();
    start(write());
}

asio::awaitable<void> Connection::write() {
    while (!queue_.empty()) {
        const auto packet = std::move(queue_.front());
        queue_.pop_front();
        write_began_ = services_.clock.steady_now();
        look_at_the_clock_by(deadline());
        const auto error = co_await deliver(packet);
        unsent_ -= packet.bytes.size();
        if (error) {
            queue_.clear();
            unsent_ = 0;
            stream_->transport().close();
        }
        written_.cancel();
        if (queue_.empty() && conversation_ && !close_began_) conversation_->drained();
    }
    if (close_began_) co_await say_goodbye();
    write_began_.reset();
    written_.cancel();
}

asio::awaitable<boost::system::error_code> Connection::deliver(const Packet& packet) {
    using Ending = http::Delivery::Ending;
    const std::string_view bytes = packet.bytes;
    if (!packet.delivery) co_return co_await stream_->write(asio::buffer(bytes));
    const auto& delivery = *packet.delivery;
    const auto halfway = delivery.ending == Ending::whole ? 0 : bytes.size() / 2;
    if (halfway > 0) {
        const auto error = co_await stream_->write(asio::buffer(bytes.substr(0, halfway)));
        if (error) co_return error;
    }
    if (delivery.ending == Ending::cut_halfway) {
        services_.record.failed(peer_.connection, "cut in the middle of an answer, by a fault");
        co_return asio::error::connection_aborted;
    }
    if (!close_began_) {
        paused_ = true;
        pause_.expires_after(delivery.pause);
        // Posted, so that it runs when the wait has begun.
        const std::stop_callback wake(delivery.cleared, [self = shared_from_this()] {
            asio::post(self->executor_, [self] { self->pause_.cancel(); });
        });
        co_await pause_.async_wait(as_result);
        paused_ = false;
    }
    write_began_ = services_.clock.steady_now();
    look_at_the_clock_by(deadline());
    co_return co_await stream_->write(asio::buffer(bytes.substr(halfway)));
}

asio::awaitable<void> Connection::say_goodbye() {
    co_await stream_->say_goodbye();
    boost::system::error_code ignored;
    stream_->transport().socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> Connection::until_written() {
    co_await written_.async_wait(as_result);
}

void Connection::close(const std::string& reason) {
    if (close_began_ || over_) return;
    if (!reason.empty()) services_.record.failed(peer_.connection, reason);
    close_began_ = services_.clock.steady_now();
    look_at_the_clock_by(deadline());
    written_.cancel();
    pause_.cancel();
    start_writing();
}

void Connection::post(std::function<void()> work) {
    asio::post(executor_, [weak = weak_from_this(), work = std::move(work)] {
        const auto self = weak.lock();
        if (!self || self->over_) return;
        try {
            work();
        } catch (const std::exception& error) {
            device_agent::log::error("an MQTT connection failed", {{"reason", error.what()}});
            self->close("the emulator could not do this; its log says why");
        }
    });
}

SteadyTime Connection::deadline() const {
    if (close_began_) return *close_began_ + closing_time;
    const auto of_client = conversation_->deadline();
    return write_began_ && !paused_ ? std::min(of_client, *write_began_ + longest_write) : of_client;
}

void Connection::look_at_the_clock_by(SteadyTime time) {
    if (time < watch_.expiry()) watch_.cancel();
}

asio::awaitable<void> Connection::watch() {
    while (!over_) {
        watch_.expires_at(deadline());
        co_await watch_.async_wait(as_result);
        if (!over_ && !check_time()) co_return;
    }
}

bool Connection::check_time() {
    const auto now = services_.clock.steady_now();
    const bool stuck = write_began_ && !paused_ && now >= *write_began_ + longest_write;
    if (stuck && !close_began_) {
        services_.record.failed(peer_.connection, "does not read what it is sent");
        conversation_->end("does not read what it is sent");
    }
    if (stuck || (close_began_ && now >= *close_began_ + closing_time)) {
        stream_->transport().close();
        return false;
    }
    if (!close_began_) conversation_->check_time();
    return true;
}

void Connection::start(asio::awaitable<void> work) {
    asio::co_spawn(executor_, std::move(work),
                   [self = shared_from_this()](const std::exception_ptr& failure) {
                       try {
                           if (failure) std::rethrow_exception(failure);
                       } catch (const std::exception& error) {
                           device_agent::log::error("an MQTT connection failed", {{"reason", error.what()}});
                           self->stream_->transport().close();
                       }
                   });
}

}  // namespace emulator::mqtt
