// SPDX-License-Identifier: Apache-2.0
#include "app_api/wire.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace device_agent::app_api::wire {
namespace {

namespace bhttp = boost::beast::http;

std::string start_of(int status, std::string_view content_type) {
    std::string head = "HTTP/1.1 " + std::to_string(status) + ' ';
    head += bhttp::obsolete_reason(static_cast<bhttp::status>(status));
    head += "\r\nContent-Type: ";
    head += content_type;
    return head + "\r\nCache-Control: no-store\r\n";
}

}  // namespace

void set_limits(Parser& parser, const Limits& limits) {
    parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser.body_limit(limits.body_bytes);
}

Manner manner_of(const Message& message) {
    return {.version = message.version(),
            .keep_alive = message.keep_alive(),
            .head_only = message.method() == bhttp::verb::head};
}

Request to_request(const Message& message) {
    Request request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    std::string accept;
    for (auto [field, end] = message.equal_range(bhttp::field::accept); field != end; ++field) {
        if (!accept.empty()) accept += ',';
        accept += std::string_view(field->value());
    }
    request.format = format_for(accept);
    request.body = SecretText({message.body().data(), message.body().size()});
    return request;
}

std::string head_of(const Reply& reply, const Manner& manner) {
    auto head = start_of(reply.status, reply.content_type);
    head += "Content-Length: " + std::to_string(reply.body.view().size()) + "\r\n";
    if (!reply.allow.empty()) head += "Allow: " + reply.allow + "\r\n";
    if (reply.retry_after) head += "Retry-After: " + std::to_string(reply.retry_after->count()) + "\r\n";
    if (!manner.keep_alive) {
        head += "Connection: close\r\n";
    } else if (manner.version < 11) {
        head += "Connection: keep-alive\r\n";
    }
    return head + "\r\n";
}

std::string head_of_stream(std::string_view content_type, const Manner& manner) {
    auto head = start_of(200, content_type);
    if (manner.version >= 11) head += "Transfer-Encoding: chunked\r\n";
    return head + "Connection: close\r\n\r\n";
}

SecretText piece_of_stream(std::string_view text, const Manner& manner) {
    if (manner.version < 11) return SecretText(text);
    std::array<char, 16> size{};
    const auto* end = std::to_chars(size.data(), size.data() + size.size(), text.size(), 16).ptr;
    SecretText piece(std::string_view(size.data(), static_cast<std::size_t>(end - size.data())));
    piece += "\r\n";
    piece += text;
    piece += "\r\n";
    return piece;
}

}  // namespace device_agent::app_api::wire
