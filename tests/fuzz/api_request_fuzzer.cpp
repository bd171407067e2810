// SPDX-License-Identifier: Apache-2.0
#include "app_api/call.hpp"
#include "app_api/wire.hpp"

#include <boost/asio/buffer.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace device_agent::app_api;

void require(bool holds) {
    if (!holds) std::abort();
}

// A call is one of the table and within its bounds; what is none is a problem that can be told.
void check(const Request& request) {
    auto interpreted = interpret(request);
    if (const auto* call = std::get_if<Call>(&interpreted)) {
        require(!call->name.empty());
        require(!call->expiry || call->expiry->count() > 0);
        require(!call->application || !call->application->empty());
        return;
    }
    const auto& problem = std::get<Problem>(interpreted);
    require(problem.status >= 400 && problem.status < 600 && !problem.code.empty());
    const auto reply = reply_with(problem, request.format);
    const auto head = wire::head_of(reply, {.version = 11, .keep_alive = true});
    require(head.find("\r\n\r\n") == head.size() - 4);
}

}  // namespace

// Whatever a caller sends is read within the limits, and understood or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    wire::Parser parser;
    wire::set_limits(parser, {});
    parser.eager(true);
    boost::system::error_code error;
    // In two pieces, as a slow caller sends.
    const auto half = size / 2;
    auto taken = parser.put(boost::asio::buffer(data, half), error);
    if (error == boost::beast::http::error::need_more) error = {};
    if (!error && !parser.is_done()) parser.put(boost::asio::buffer(data + taken, size - taken), error);
    if (error || !parser.is_done()) return 0;
    const auto message = parser.release();
    require(message.body().size() <= Limits().body_bytes);
    check(wire::to_request(message));
    return 0;
}
