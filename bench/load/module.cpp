// SPDX-License-Identifier: Apache-2.0
#include "bench/load/work.hpp"
#include "emulator/testing/sign.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <stdexcept>
#include <string_view>

namespace bench::load {
namespace {

namespace asio = boost::asio;

constexpr auto token_life = std::chrono::hours(1);
// Longer than any run, so that nobody need ping.
constexpr std::uint16_t keep_alive_seconds = 1200;
constexpr std::array<std::string_view, 3> subscriptions{"$iothub/methods/POST/#", "$iothub/twin/res/#",
                                                        "$iothub/twin/PATCH/properties/desired/#"};

void put_number(std::string& packet, std::size_t number) {
    packet.push_back(static_cast<char>(number >> 8U));
    packet.push_back(static_cast<char>(number & 0xffU));
}

void put_text(std::string& packet, std::string_view text) {
    put_number(packet, text.size());
    packet.append(text);
}

std::string with_header(char type, const std::string& content) {
    std::string packet(1, type);
    auto rest = content.size();
    do {
        const auto digit = rest % 128;
        rest /= 128;
        packet.push_back(static_cast<char>(rest > 0 ? digit | 128U : digit));
    } while (rest > 0);
    return packet + content;
}

std::string connect_packet(const Plan& plan, const std::string& device, const std::string& module) {
    const auto resource = plan.hub + "/devices/" + device + "/modules/" + module;
    std::string content;
    put_text(content, "MQTT");
    content.append("\x04\xc2", 2);  // level 4; user name, password, clean session
    put_number(content, keep_alive_seconds);
    put_text(content, device + "/" + module);
    put_text(content, plan.hub + "/" + device + "/" + module + "/?api-version=2021-04-12");
    put_text(content,
             emulator::testing::sign(resource, plan.key, device_agent::SystemClock().now() + token_life));
    return with_header('\x10', content);
}

std::string subscribe_packet() {
    std::string content;
    put_number(content, 1);
    for (const auto filter : subscriptions) {
        put_text(content, filter);
        content.push_back('\0');
    }
    return with_header('\x82', content);
}

}  // namespace

asio::awaitable<void> stay_connected(Run& run, std::size_t number) {
    const auto& plan = run.plan;
    const auto device = "d" + std::to_string(number / plan.device_size);
    const auto module = "m" + std::to_string(number % plan.device_size);
    TlsClient client(run.context, run.tls);
    co_await client.connect(plan.port);
    const auto connect = connect_packet(plan, device, module);
    co_await asio::async_write(client.stream(), asio::buffer(connect), asio::use_awaitable);
    std::array<char, 4> connack{};
    co_await asio::async_read(client.stream(), asio::buffer(connack), asio::use_awaitable);
    if (std::string_view(connack.data(), connack.size()) != std::string_view("\x20\x02\0\0", 4))
        throw std::runtime_error(device + "/" + module + " was not let in");
    const auto subscribe = subscribe_packet();
    co_await asio::async_write(client.stream(), asio::buffer(subscribe), asio::use_awaitable);
    std::array<char, 7> suback{};
    co_await asio::async_read(client.stream(), asio::buffer(suback), asio::use_awaitable);
    if (std::string_view(suback.data(), suback.size()) != std::string_view("\x90\x05\0\1\0\0\0", 7))
        throw std::runtime_error(device + "/" + module + " may not subscribe");
    ++run.done;
    // Until the process ends, or the emulator ends what should stay.
    std::array<char, 1> byte{};
    co_await asio::async_read(client.stream(), asio::buffer(byte), asio::use_awaitable);
    throw std::runtime_error(device + "/" + module + " got what nobody asked for");
}

}  // namespace bench::load
