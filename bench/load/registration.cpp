// SPDX-License-Identifier: Apache-2.0
#include "bench/load/work.hpp"
#include "emulator/testing/sign.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <stdexcept>

namespace bench::load {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr auto api_version = "?api-version=2021-06-01";
constexpr auto token_life = std::chrono::hours(1);

struct Exchange {
    http::verb method;
    std::string path;
    std::string body;
    http::status expected;
};

asio::awaitable<nlohmann::json> ask(TlsStream& stream, const std::string& token, Exchange exchange) {
    http::request<http::string_body> request{exchange.method, exchange.path, 11};
    request.set(http::field::host, "localhost");
    request.set(http::field::authorization, token);
    request.set(http::field::content_type, "application/json");
    request.body() = std::move(exchange.body);
    request.prepare_payload();
    co_await http::async_write(stream, request, asio::use_awaitable);
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    co_await http::async_read(stream, buffer, response, asio::use_awaitable);
    if (response.result() != exchange.expected) {
        throw std::runtime_error(exchange.path + ": " + std::to_string(response.result_int()) + " " +
                                 response.body());
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
    Exchange put{http::verb::put, base + "/register" + api_version,
                 nlohmann::json{{"registrationId", id}}.dump(), http::status::accepted};
    const auto accepted = co_await ask(client.stream(), token, std::move(put));
    const std::string operation = accepted.at("operationId");
    Exchange get{http::verb::get, base + "/operations/" + operation + api_version, "", http::status::ok};
    const auto result = co_await ask(client.stream(), token, std::move(get));
    if (result.at("status") != "assigned") throw std::runtime_error(id + ": " + result.dump());
    co_await client.close();
}

}  // namespace bench::load
