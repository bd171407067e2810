// SPDX-License-Identifier: Apache-2.0
// Between bytes and the values of message.hpp: HTTP/1.1 and 1.0.
#pragma once

#include "app_api/limits.hpp"
#include "app_api/message.hpp"
#include "foundation/secret.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/vector_body.hpp>

#include <string>

namespace device_agent::app_api::wire {

/// What is read may hold a connection string: no copy of it is left behind.
using Buffer = boost::beast::basic_flat_buffer<WipingAllocator<char>>;
using Body = boost::beast::http::vector_body<char, WipingAllocator<char>>;
using Parser = boost::beast::http::request_parser<Body>;
using Message = boost::beast::http::request<Body>;

/// How the answer goes over the connection.
struct Manner {
    unsigned version = 11;   ///< of the request
    bool keep_alive = true;  ///< as the request wants
    bool head_only = false;  ///< it was a HEAD: a body would be taken for the next answer
};

/// Bounds what a parser takes.
void set_limits(Parser& parser, const Limits& limits);
[[nodiscard]] Manner manner_of(const Message& message);
[[nodiscard]] Request to_request(const Message& message);

/// What stands before a reply's body.
[[nodiscard]] std::string head_of(const Reply& reply, const Manner& manner);
/// What stands before a stream: with chunks, where the request's version knows them.
[[nodiscard]] std::string head_of_stream(std::string_view content_type, const Manner& manner);
/// A piece of a stream. An empty one is its end.
[[nodiscard]] SecretText piece_of_stream(std::string_view text, const Manner& manner);

}  // namespace device_agent::app_api::wire
