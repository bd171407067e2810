// SPDX-License-Identifier: Apache-2.0
// One client's MQTT connection: carries bytes between a stream and a conversation. For the edge alone.
#pragma once

#include "emulator/mqtt/byte_stream.hpp"
#include "emulator/mqtt/conversation.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>

namespace emulator::mqtt {

class Connection final : public Outlet, public std::enable_shared_from_this<Connection> {
public:
    /// `executor`: the strand on which the stream runs, and from now on all of this connection.
    Connection(boost::asio::any_io_executor executor, std::unique_ptr<ByteStream> stream, Services& services,
               Peer peer);

    /// Serves until the client goes, breaks a rule, or takes too long.
    boost::asio::awaitable<void> serve();

    [[nodiscard]] std::size_t unsent() const override { return unsent_; }
    void close(const std::string& reason) override;
    void post(std::function<void()> work) override;

private:
    struct Packet {
        std::string bytes;
        std::optional<http::Delivery> delivery;  ///< by a fault; nothing: whole, and at once
    };

    void queue(std::string packet, std::optional<http::Delivery> delivery) override;
    boost::asio::awaitable<void> read();
    void start_writing();
    boost::asio::awaitable<void> write();
    boost::asio::awaitable<boost::system::error_code> deliver(const Packet& packet);
    boost::asio::awaitable<void> say_goodbye();
    boost::asio::awaitable<void> watch();
    boost::asio::awaitable<void> until_written();
    [[nodiscard]] device_agent::SteadyTime deadline() const;
    /// Whether the connection goes on.
    [[nodiscard]] bool check_time();
    void look_at_the_clock_by(device_agent::SteadyTime time);
    /// Runs `work` beside serve(); keeps this object alive until it is done.
    void start(boost::asio::awaitable<void> work);

    const boost::asio::any_io_executor executor_;
    const std::unique_ptr<ByteStream> stream_;
    Services& services_;
    Peer peer_;
    std::optional<Conversation> conversation_{};
    std::deque<Packet> queue_{};
    std::size_t unsent_ = 0;
    std::optional<device_agent::SteadyTime> write_began_{};  ///< while anything is written
    std::optional<device_agent::SteadyTime> close_began_{};
    boost::asio::steady_timer watch_;    ///< expires when check_time() has something to do
    boost::asio::steady_timer written_;  ///< never expires; cancelled when something was written
    boost::asio::steady_timer pause_;    ///< of a fault; cancelled when it is cleared, or the connection ends
    bool paused_ = false;
    bool over_ = false;
};

}  // namespace emulator::mqtt
