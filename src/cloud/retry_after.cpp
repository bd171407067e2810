// SPDX-License-Identifier: Apache-2.0
#include "cloud/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

namespace device_agent::cloud {

std::optional<std::chrono::seconds> parse_retry_after(const std::string& text, WallTime now) {
    using std::chrono::seconds;
    std::uint32_t value = 0;
    const auto* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    if (end == last && error == std::errc{}) return seconds(value);
    if (end == last && error == std::errc::result_out_of_range)
        return seconds(std::numeric_limits<std::uint32_t>::max());
    const auto date = parse_http_date(text);
    if (!date) return std::nullopt;
    return std::max(*date - now, seconds{0});
}

}  // namespace device_agent::cloud
