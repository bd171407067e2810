// SPDX-License-Identifier: Apache-2.0
// The faults that are set. They go with the process: an emulator that starts is sound.
#pragma once

#include "emulator/faults/fault.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <stop_token>

namespace emulator::faults {

/// Thread-safe.
class Switches {
public:
    /// So many faults can be set at once; one that is used up counts until it is cleared.
    static constexpr std::size_t most = 1000;

    explicit Switches(const device_agent::Clock& clock) : clock_(clock) {}

    /// Answers by `carry_out`, unless a fault meets the request: then as the fault says. Of several the one
    /// that was set first.
    [[nodiscard]] http::Response answer(record::Service service, const http::Request& request,
                                        const std::function<http::Response()>& carry_out);

    struct Met {
        std::uint64_t id;
        Fault fault;
        std::stop_token cleared;  ///< ends a delay early

        /// For the record: "fault 1: slow".
        [[nodiscard]] std::string describe() const;
    };
    /// The fault that meets an operation by MQTT (see operation.hpp), counted as met: the caller does what it
    /// says. `hub`: empty for DPS.
    [[nodiscard]] std::optional<Met> meet(record::Service service, std::string_view operation,
                                          std::string_view hub);

    /// The refusal of a request that `met` does not let be carried out; nothing when it is of another kind.
    [[nodiscard]] std::optional<http::Response> refusal(const Met& met, const http::Request& request) const;

    /// Returns the fault as list() shows it; nothing when there are too many.
    [[nodiscard]] std::optional<nlohmann::json> set(const Fault& fault);
    /// Answers that the fault delays are sent at once. False when there is no such fault.
    bool clear(std::uint64_t id);
    void clear_all();

    /// In the order in which they were set, each with "id" and "hits": how many operations it has met.
    [[nodiscard]] nlohmann::json list() const;

private:
    struct Entry {
        Fault fault;
        std::uint64_t hits = 0;
        std::stop_source cleared{};
    };
    [[nodiscard]] static nlohmann::json describe(std::uint64_t id, const Entry& entry);

    const device_agent::Clock& clock_;
    mutable std::mutex mutex_;
    std::map<std::uint64_t, Entry> entries_;
    std::uint64_t next_ = 1;
};

}  // namespace emulator::faults
