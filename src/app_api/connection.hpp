// SPDX-License-Identifier: Apache-2.0
// One caller's connection: requests one after the other.
#pragma once

#include "app_api/call.hpp"
#include "app_api/caller.hpp"
#include "app_api/policy.hpp"
#include "app_api/problem.hpp"
#include "app_api/render.hpp"
#include "app_api/server_state.hpp"
#include "app_api/wakeup.hpp"
#include "app_api/wire.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include <optional>
#include <string>

namespace device_agent::app_api {

class Connection {
public:
    using Protocol = boost::asio::local::stream_protocol;

    /// Who calls was found out when the connection was accepted, and stays so. The state outlives it.
    Connection(Protocol::socket socket, Caller caller, ConnectionTable::Id id, ServerState& state);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// Returns when the connection has ended.
    boost::asio::awaitable<void> serve();
    /// Makes it end soon. On the API's thread.
    void close();

private:
    template <typename T>
    using awaitable = boost::asio::awaitable<T>;

    // connection.cpp: the connection and its requests
    awaitable<bool> wait_for_request();
    awaitable<std::optional<wire::Message>> read_request();
    awaitable<bool> answer(Request request);
    awaitable<bool> answer_call(Call call);
    awaitable<bool> send(Reply reply);
    awaitable<bool> refuse(Problem problem, Format format);
    awaitable<bool> send_text(SecretText text);
    awaitable<Access> find_access();

    // application_calls.cpp: what applications ask for
    awaitable<bool> answer_application(const Call& call, const Access& access);
    awaitable<bool> answer_identity(const Call& call, const Owned& owned);
    awaitable<bool> answer_token(const Call& call, const Owned& owned);

    // event_stream.cpp
    awaitable<bool> stream_events(std::string application, Format format);
    awaitable<void> tell_events(std::string application, Format format);

    // administrator_calls.cpp
    awaitable<bool> answer_administrator(Call call);
    awaitable<bool> run_operation(Operation operation, Format format);

    ServerState& state_;
    boost::beast::basic_stream<Protocol> stream_;
    wire::Buffer buffer_;
    wire::Manner manner_;
    std::string_view route_;  // of the request that is being answered
    Caller caller_;
    ConnectionTable::Id id_;
    ViewPointer known_view_;  // for which `access_` was found
    Access access_;
};

}  // namespace device_agent::app_api
