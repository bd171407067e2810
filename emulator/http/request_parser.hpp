// SPDX-License-Identifier: Apache-2.0
// From the bytes of a client to a Request: Beast's parser within our limits, and what is said to a client
// whose bytes are no request. For the edge alone: this header shows Beast. Apart from the connection, so that
// the fuzzer, whose compiler cannot build coroutines, reads as a connection does.
#pragma once

#include "emulator/http/server.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>

namespace emulator::http {

using BeastRequest = boost::beast::http::request<boost::beast::http::string_body>;

class RequestParser : public boost::beast::http::request_parser<boost::beast::http::string_body> {
public:
    explicit RequestParser(const Limits& limits) {
        header_limit(static_cast<std::uint32_t>(limits.header_bytes));
        body_limit(limits.body_bytes);
    }
};

/// Throws FormatError for a target that is no path.
[[nodiscard]] Request to_request(BeastRequest&& message);

/// What a client is told whose bytes the parser refused with `error`; nothing where there is nobody to tell.
[[nodiscard]] std::optional<Response> answer_to_malformed(boost::system::error_code error);

/// A refusal of the edge itself, which belongs to no service.
[[nodiscard]] Response edge_refusal(int status, const std::string& message);

}  // namespace emulator::http
