// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace emulator::http {

/// Whether an If-Match header lets a change of what has `etag` through. Clients send `*`, `"*"`, the tag bare
/// and the tag in quotes; one may give several, separated by commas (RFC 9110, 13.1.1).
[[nodiscard]] inline bool if_match_allows(std::string_view if_match, std::string_view etag) {
    for (;;) {
        const auto comma = if_match.find(',');
        auto tag = if_match.substr(0, comma);
        while (tag.starts_with(' '))
            tag.remove_prefix(1);
        while (tag.ends_with(' '))
            tag.remove_suffix(1);
        if (tag.size() >= 2 && tag.starts_with('"') && tag.ends_with('"'))
            tag = tag.substr(1, tag.size() - 2);
        if (tag == "*" || tag == etag) return true;
        if (comma == std::string_view::npos) return false;
        if_match.remove_prefix(comma + 1);
    }
}

/// As the ETag header wants it.
[[nodiscard]] inline std::string quoted(std::string_view etag) {
    return '"' + std::string(etag) + '"';
}

}  // namespace emulator::http
