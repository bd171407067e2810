// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/paging.hpp"

#include "emulator/ascii.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "foundation/encoding.hpp"

#include <charconv>

namespace emulator::dps {
namespace {

constexpr std::int64_t most_items = 1000;

std::int64_t page_size(const http::Request& request) {
    const auto text = request.headers.find("x-ms-max-item-count");
    if (!text) return most_items;
    std::int64_t count = 0;
    const auto [rest, error] = std::from_chars(text->data(), text->data() + text->size(), count);
    if (error != std::errc{} || rest != text->data() + text->size() || count < 1) {
        throw FormatError("x-ms-max-item-count is not a positive number");
    }
    return std::min(count, most_items);
}

std::string page_start(const http::Request& request) {
    const auto token = request.headers.find("x-ms-continuation");
    if (!token || token->empty()) return "";
    const auto id = device_agent::base64_decode(*token);
    if (!id) throw FormatError("x-ms-continuation is not a token of this service");
    return {id->begin(), id->end()};
}

}  // namespace

Page parse_page(const http::Request& request) {
    return {page_start(request), page_size(request)};
}

void check_query(const http::Request& request, std::string_view collection) {
    const auto body = http::parse_json(request.body);
    const auto text = body.is_object() ? http::text_member(body, "query") : std::nullopt;
    if (!text) throw FormatError("the body has no query");
    const auto all = "select * from " + std::string(collection);
    if (*text != "*" && !equal_ignoring_case(*text, all))
        throw FormatError("the emulator knows the queries \"*\" and \"" + all + "\" alone");
}

http::Response page_response(const Page& page, nlohmann::json items, std::string_view item_type,
                             const char* id_member) {
    const bool more = items.size() > static_cast<std::size_t>(page.size);
    if (more) items.erase(items.size() - 1);
    auto response = http::json_response(200, items);
    response.headers.add("x-ms-item-type", std::string(item_type));
    if (more) {
        const auto last = items.back().at(id_member).get<std::string>();
        response.headers.add("x-ms-continuation", device_agent::base64_encode(device_agent::as_bytes(last)));
    }
    return response;
}

}  // namespace emulator::dps
