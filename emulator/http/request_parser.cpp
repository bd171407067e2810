// SPDX-License-Identifier: Apache-2.0
#include "emulator/http/request_parser.hpp"

#include "emulator/http/json_body.hpp"

#include <boost/beast/http/error.hpp>

namespace emulator::http {

namespace bhttp = boost::beast::http;

Request to_request(BeastRequest&& message) {
    Request request;
    request.method = message.method_string();
    request.target = parse_target(std::string_view(message.target()));
    request.host = host_name_of(std::string_view(message[bhttp::field::host]));
    for (const auto& field : message)
        request.headers.add(field.name_string(), field.value());
    request.body = std::move(message.body());
    return request;
}

std::optional<Response> answer_to_malformed(boost::system::error_code error) {
    if (error == bhttp::error::body_limit) return edge_refusal(413, "The body is too large");
    if (error == bhttp::error::header_limit || error == bhttp::error::buffer_overflow)
        return edge_refusal(431, "The header is too large");
    if (error.category() == bhttp::make_error_code(bhttp::error::bad_method).category())
        return edge_refusal(400, "This is not an HTTP request");
    return std::nullopt;
}

Response edge_refusal(int status, const std::string& message) {
    return json_response(status, nlohmann::json{{"Message", message}});
}

}  // namespace emulator::http
