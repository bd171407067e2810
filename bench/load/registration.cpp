// SPDX-License-Identifier: Apache-2.0
#include "bench/load/work.hpp"
#include "emulator/testing/sign.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <stdexcept>
#include <string_view>

namespace bench::load {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr auto api_version = "?api-version=2021-06-01";
constexpr auto token_life = std::chrono::hours(1);

// A whole request, in one piece as it goes into one TLS record.
std::string request_text(std::string_view method, const std::string& path, const std::string& token,
                         const std::string& body) {
    std::string text(method);
    text += " " + path + api_version + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + token +
            "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
            "\r\n\r\n" + body;
    return text;
}

asio::awaitable<nlohmann::json> ask(TlsStream& stream, const std::string& request, http::status expected) {
    co_await asio::async_write(stream, asio::buffer(request), asio::use_awaitable);
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    co_await http::async_read(stream, buffer, response, asio::use_awaitable);
    if (response.result() != expected) {
        throw std::runtime_error(request.substr(0, request.find('?')) + ": " +
                                 std::to_string(response.result_int()) + " " + response.body());
    }
    co_return nlohmann::json::parse(response.body());
}

}  // namespace

asio::awaitable<void> register_device(Run& run, std::size_t number) {
    const auto& plan = run.plan;
    const auto id = plan.prefix + std::to_string(number);
    const auto base = "/" + plan.id_scope + "/registrations/" + id;
    const auto key = device_agent::hmac_sha256(plan.key, device_agent::as_bytes(id));
    const auto expiry = device_agent::SystemClock().now() + token_life;
    const auto token =
        emulator::testing::sign(plan.id_scope + "/registrations/" + id, key, expiry, "registration");

    TlsClient client(run.context, run.tls);
    co_await client.connect(plan.port);
    const auto put =
        request_text("PUT", base + "/register", token, nlohmann::json{{"registrationId", id}}.dump());
    const auto accepted = co_await ask(client.stream(), put, http::status::accepted);
    const std::string operation = accepted.at("operationId");
    const auto get = request_text("GET", base + "/operations/" + operation, token, "");
    const auto result = co_await ask(client.stream(), get, http::status::ok);
    if (result.at("status") != "assigned") throw std::runtime_error(id + ": " + result.dump());
    co_await client.close();
}

}  // namespace bench::load
