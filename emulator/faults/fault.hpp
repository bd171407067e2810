// SPDX-License-Identifier: Apache-2.0
// What can be made to go wrong with the answers of a service, by HTTP or MQTT.
#pragma once

#include "emulator/record/traffic_record.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace emulator::faults {

enum class Kind {
    throttled,          ///< 429; the operation is not carried out
    error,              ///< any other error status; not carried out
    allocation_failed,  ///< DPS: the registration ends as "failed"; not carried out
    slow,               ///< carried out, and answered late
    stalled,            ///< carried out; the answer stops halfway, and goes on late
    cut,                ///< carried out; the connection is closed in the middle of the answer
    garbage,            ///< carried out; the answer's body is no text of any kind
    huge,               ///< carried out; the answer's body is endless, as far as a client can care
};

struct Fault {
    Kind kind = Kind::error;
    record::Service service = record::Service::dps_device;  ///< or hub; no other service has faults
    std::string operation{};                                ///< empty: each
    std::string hub{};                                      ///< only operations of this hub; empty: each
    std::optional<std::uint64_t> count{};  ///< so many operations; nothing: until it is cleared

    // What a kind has beyond these; parameters of other kinds are not read.
    int status = 500;
    int error_code = 400208;
    std::optional<std::chrono::seconds> retry_after{};
    std::chrono::milliseconds delay{5'000};
    std::size_t size = 8UL * 1024 * 1024;  ///< bytes of a huge body

    /// `asked_operation`: empty for one that has no name here.
    [[nodiscard]] bool matches(record::Service asked, std::string_view asked_operation,
                               std::string_view asked_hub) const;
};

/// No UTF-8, no JSON, no line of text, no packet of MQTT; the same each time.
[[nodiscard]] std::string garbage();
/// It begins as an answer could, so that a client finds out by its size and by nothing else.
[[nodiscard]] std::string huge(std::size_t size);

/// The name by which the control API knows it.
[[nodiscard]] std::string_view to_text(Kind kind);

/// Reads a fault as the control API takes it. Throws FormatError that names the member.
[[nodiscard]] Fault parse_fault(const nlohmann::json& body, const std::vector<std::string>& hubs);

/// With those members that its kind has.
[[nodiscard]] nlohmann::json to_json(const Fault& fault);

/// What there is to choose from, for a page that shows it: kinds with their members, services with their
/// operations.
[[nodiscard]] nlohmann::json choices();

}  // namespace emulator::faults
