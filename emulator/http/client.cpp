// SPDX-License-Identifier: Apache-2.0
#include "emulator/http/client.hpp"

#include "emulator/http/tls.hpp"
#include "foundation/error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace emulator::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using asio::use_awaitable;
using asio::ip::tcp;

using BeastRequest = bhttp::request<bhttp::string_body>;

BeastRequest to_beast(const Destination& destination, const std::string& method, const std::string& target,
                      const Headers& headers, const std::string& body) {
    BeastRequest request;
    request.version(11);
    request.method_string(method);
    request.target(target);
    request.set(bhttp::field::host, destination.host + ":" + std::to_string(destination.port));
    for (const auto& [name, value] : headers)
        request.insert(name, value);
    request.keep_alive(false);
    request.body() = body;
    request.prepare_payload();
    return request;
}

Response from_beast(bhttp::response<bhttp::string_body>&& message) {
    Response response;
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message)
        response.headers.add(field.name_string(), field.value());
    response.body = std::move(message.body());
    return response;
}

// What the macro SSL_set_tlsext_host_name() does, without its C casts. OpenSSL copies the name.
void set_server_name(SSL* connection, std::string host) {
    SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
}

// "localhost" is this machine (RFC 6761), also where no file or server says so.
asio::awaitable<std::vector<tcp::endpoint>> endpoints_of(const Destination& destination) {
    if (destination.host == "localhost") {
        co_return std::vector<tcp::endpoint>{{asio::ip::address_v4::loopback(), destination.port},
                                             {asio::ip::address_v6::loopback(), destination.port}};
    }
    tcp::resolver resolver(co_await asio::this_coro::executor);
    const auto found =
        co_await resolver.async_resolve(destination.host, std::to_string(destination.port), use_awaitable);
    co_return std::vector<tcp::endpoint>(found.begin(), found.end());
}

asio::awaitable<Response> exchange(const Destination& destination, BeastRequest request,
                                   std::chrono::seconds patience) {
    const auto executor = co_await asio::this_coro::executor;
    auto tls = make_client_context(destination.ca_file, destination.host);
    asio::ssl::stream<beast::tcp_stream> stream(executor, tls);
    stream.next_layer().expires_after(patience);

    const auto places = co_await endpoints_of(destination);
    co_await stream.next_layer().async_connect(places, use_awaitable);
    set_server_name(stream.native_handle(), destination.host);
    co_await stream.async_handshake(asio::ssl::stream_base::client, use_awaitable);

    co_await bhttp::async_write(stream, request, use_awaitable);
    beast::flat_buffer buffer;
    bhttp::response<bhttp::string_body> response;
    co_await bhttp::async_read(stream, buffer, response, use_awaitable);
    co_return from_beast(std::move(response));
}

}  // namespace

Response send(const Destination& destination, const std::string& method, const std::string& target,
              const Headers& headers, const std::string& body, std::chrono::seconds patience) {
    asio::io_context context;
    auto response = asio::co_spawn(
        context, exchange(destination, to_beast(destination, method, target, headers, body), patience),
        asio::use_future);
    context.run();
    try {
        return response.get();
    } catch (const boost::system::system_error& error) {
        throw device_agent::Error(device_agent::ErrorCode::network,
                                  "no answer from " + destination.host + " port " +
                                      std::to_string(destination.port) + ": " + error.code().message());
    }
}

}  // namespace emulator::http
