// SPDX-License-Identifier: Apache-2.0
// Counters of the API, in the text format of Prometheus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace device_agent::app_api {

/// What is true at the moment of asking, and is not counted here.
struct Levels {
    std::size_t connections = 0;
    std::size_t event_streams = 0;
    std::uint64_t signatures = 0;
};

/// Threading: the API's thread. Labels are words of ours, never a caller's: their number is bounded.
class Metrics {
public:
    /// `route` is the name of a route, or empty for what was none.
    void count_request(std::string_view route, int status) { ++requests_[{route, status}]; }
    void count_connection() noexcept { ++connections_; }
    /// A connection that was closed to make room, or was not let in.
    void count_eviction() noexcept { ++evictions_; }
    void count_turned_away() noexcept { ++turned_away_; }
    void count_cached_token() noexcept { ++cached_tokens_; }
    void count_credential(bool given) noexcept { ++(given ? credentials_given_ : credentials_refused_); }

    [[nodiscard]] std::string render(const Levels& levels) const;

private:
    std::map<std::pair<std::string_view, int>, std::uint64_t> requests_;
    std::uint64_t connections_ = 0;
    std::uint64_t evictions_ = 0;
    std::uint64_t turned_away_ = 0;
    std::uint64_t cached_tokens_ = 0;
    std::uint64_t credentials_given_ = 0;
    std::uint64_t credentials_refused_ = 0;
};

}  // namespace device_agent::app_api
