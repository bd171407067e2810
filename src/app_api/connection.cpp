// SPDX-License-Identifier: Apache-2.0
#include "app_api/connection.hpp"

#include "app_api/choice.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/read.hpp>

#include <array>
#include <tuple>
#include <utility>

namespace device_agent::app_api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;

using boost::system::error_code;

// What reading failed by, as a problem; nothing when the peer is gone, or took too long.
std::optional<Problem> problem_of(error_code error) {
    if (error == bhttp::error::end_of_stream || error == bhttp::error::partial_message) return std::nullopt;
    if (error == bhttp::error::body_limit)
        return app_api::problem_of(Refused::body_too_large, "the body is too large");
    if (error == bhttp::error::header_limit || error == bhttp::error::buffer_overflow)
        return app_api::problem_of(Refused::header_too_large, "the header is too large");
    if (error.category() == bhttp::make_error_code(bhttp::error::bad_method).category())
        return app_api::problem_of(ErrorCode::usage, "this is not an HTTP request: " + error.message());
    return std::nullopt;
}

}  // namespace

Connection::Connection(Protocol::socket socket, Caller caller, ConnectionTable::Id id, ServerState& state)
    : state_(state),
      stream_(std::move(socket)),
      buffer_(state.limits.header_bytes + state.limits.body_bytes),
      caller_(std::move(caller)),
      id_(id) {}

Connection::~Connection() {
    state_.connections.leave(id_);
}

void Connection::close() {
    stream_.close();
}

asio::awaitable<void> Connection::serve() {
    for (;;) {
        state_.connections.set_idle(id_, true);
        // In variables of their own: g++ 12 lays out the frame wrongly for a co_await within a condition.
        const bool has_come = co_await wait_for_request();
        if (!has_come) co_return;
        auto message = co_await read_request();
        if (!message) co_return;
        state_.connections.set_idle(id_, false);
        manner_ = wire::manner_of(*message);
        auto request = wire::to_request(*message);
        message.reset();
        const bool goes_on = co_await answer(std::move(request));
        if (!goes_on) co_return;
    }
}

// Waiting costs little memory: the buffer is given back while nothing is in it.
asio::awaitable<bool> Connection::wait_for_request() {
    if (buffer_.size() > 0) co_return true;
    buffer_.shrink_to_fit();
    stream_.expires_after(state_.limits.idle);
    std::array<char, 512> first{};
    const auto [error, count] = co_await stream_.async_read_some(asio::buffer(first), as_result);
    if (error) co_return false;
    buffer_.commit(asio::buffer_copy(buffer_.prepare(count), asio::buffer(first, count)));
    explicit_bzero(first.data(), first.size());
    co_return true;
}

asio::awaitable<std::optional<wire::Message>> Connection::read_request() {
    stream_.expires_after(state_.limits.request);
    wire::Parser parser;
    wire::set_limits(parser, state_.limits);
    auto [error, count] = co_await bhttp::async_read_header(stream_, buffer_, parser, as_result);
    if (!error && !parser.is_done() && beast::iequals(parser.get()[bhttp::field::expect], "100-continue")) {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        std::tie(error, count) = co_await asio::async_write(stream_, asio::buffer(go_on), as_result);
    }
    if (!error && !parser.is_done())
        std::tie(error, count) = co_await bhttp::async_read(stream_, buffer_, parser, as_result);
    if (!error) co_return parser.release();
    if (auto problem = problem_of(error)) {
        manner_ = {.version = 11, .keep_alive = false};
        route_ = {};
        co_await refuse(std::move(*problem), Format::json);
    }
    co_return std::nullopt;
}

asio::awaitable<bool> Connection::answer(Request request) {
    route_ = {};
    std::exception_ptr failure;
    try {
        auto interpreted = interpret(request);
        if (auto* problem = std::get_if<Problem>(&interpreted)) {
            const bool goes_on = co_await refuse(std::move(*problem), request.format);
            co_return goes_on;
        }
        auto& call = std::get<Call>(interpreted);
        route_ = call.name;
        const bool goes_on = co_await answer_call(std::move(call));
        co_return goes_on;
    } catch (const std::exception&) {
        failure = std::current_exception();
    }
    const bool goes_on = co_await refuse(app_api::problem_of(failure), request.format);
    co_return goes_on;
}

asio::awaitable<bool> Connection::answer_call(Call call) {
    const auto access = co_await find_access();
    if (!call.is_for_administrators()) {
        const bool goes_on = co_await answer_application(call, access);
        co_return goes_on;
    }
    if (!access.is_administrator) {
        const bool goes_on = co_await refuse(not_an_administrator(caller_), call.format);
        co_return goes_on;
    }
    const bool goes_on = co_await answer_administrator(std::move(call));
    co_return goes_on;
}

asio::awaitable<bool> Connection::refuse(Problem problem, Format format) {
    const auto now = std::chrono::steady_clock::now();
    // What is only misspelled, or not there yet, is the caller's own affair.
    if (problem.status == 403 || problem.status == 429)
        state_.refusals.write(caller_, route_, std::string(problem.code) + ": " + problem.detail, now);
    if (!state_.rates.take(caller_, now)) {
        // What is refused too often costs the connection: the next one is not let in at once.
        manner_.keep_alive = false;
    }
    auto reply = reply_with(problem, format);
    const bool goes_on = co_await send(std::move(reply));
    co_return goes_on;
}

asio::awaitable<bool> Connection::send(Reply reply) {
    state_.metrics.count_request(route_, reply.status);
    const auto head = wire::head_of(reply, manner_);
    const auto body = manner_.head_only ? std::string_view() : reply.body.view();
    const std::array buffers{asio::buffer(head), asio::buffer(body.data(), body.size())};
    stream_.expires_after(state_.limits.request);
    const auto [error, count] = co_await asio::async_write(stream_, buffers, as_result);
    co_return !error && manner_.keep_alive;
}

asio::awaitable<bool> Connection::send_text(SecretText text) {
    stream_.expires_after(state_.limits.request);
    const auto [error, count] =
        co_await asio::async_write(stream_, asio::buffer(text.view().data(), text.view().size()), as_result);
    co_return !error;
}

// Once for each view: what a user's or group's name stands for is asked elsewhere, since that may block.
asio::awaitable<Access> Connection::find_access() {
    while (known_view_ != state_.view) {
        auto view = state_.view;
        auto look_up = [](Caller caller, ViewPointer seen,
                          std::shared_ptr<Accounts> accounts) -> asio::awaitable<Access> {
            co_return access_of(caller, *seen, *accounts);
        };
        access_ = co_await asio::co_spawn(state_.name_service, look_up(caller_, view, state_.accounts),
                                          asio::use_awaitable);
        known_view_ = std::move(view);
    }
    co_return access_;
}

}  // namespace device_agent::app_api
