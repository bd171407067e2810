// SPDX-License-Identifier: Apache-2.0
// Long answers in pages: x-ms-max-item-count and x-ms-continuation.
#pragma once

#include "emulator/http/message.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace emulator::dps {

/// What part of a list is asked for.
struct Page {
    std::string after;  ///< the last id of the page before; empty for the first one
    std::int64_t size;
};

/// Throws FormatError for headers that are not those of a page.
[[nodiscard]] Page parse_page(const http::Request& request);

/// Throws FormatError when the body asks for anything but all there is: "*", or "select * from `collection`".
void check_query(const http::Request& request, std::string_view collection);

/// `items` are one more than the page's size when there is a further page; `id_member` is what names an item.
[[nodiscard]] http::Response page_response(const Page& page, nlohmann::json items, std::string_view item_type,
                                           const char* id_member);

}  // namespace emulator::dps
