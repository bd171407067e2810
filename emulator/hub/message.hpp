// SPDX-License-Identifier: Apache-2.0
// Messages between devices and the cloud, apart from how they travel.
#pragma once

#include "foundation/clock.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator::hub {

/// Names and values in the order of the message.
using MessageProperties = std::vector<std::pair<std::string, std::string>>;

/// The first value of that name.
[[nodiscard]] std::optional<std::string> find_property(const MessageProperties& properties,
                                                       std::string_view name);

/// As the database keeps them: in order, names may come twice. Bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string to_text(const MessageProperties& properties);
/// Reads what to_text() wrote.
[[nodiscard]] MessageProperties parse_properties(const std::string& text);

/// The system properties that a sender may set.
inline constexpr std::array<std::string_view, 15> system_property_names{
    "messageId",     "correlationId",     "userId",          "to",
    "expiryTimeUtc", "contentType",       "contentEncoding", "creationTimeUtc",
    "outputName",    "componentName",     "messageType",     "ack",
    "diagnosticId",  "diagnosticContext", "interfaceId"};

/// What both directions have in common.
struct Message {
    std::string body{};  ///< any bytes
    /// Names are one of system_property_names; a transport has its own spelling of each.
    MessageProperties system{};
    MessageProperties application{};

    /// What counts against the limits: body, and names and values of the properties, in bytes.
    [[nodiscard]] std::size_t size() const;
};

/// From the cloud to a device, while the device has it on loan.
struct CloudMessage {
    Message content{};
    std::int64_t sequence = 0;    ///< of its hub; in the order of arrival
    std::string lock_token{};     ///< settles it
    std::int64_t deliveries = 0;  ///< this one included
    device_agent::WallTime enqueued{};
    device_agent::WallTime expiry{};
};

/// What a device says of a message that it was given.
enum class Settlement { complete, abandon, reject };

/// Who has a message on loan: one that asked for it by a request and settles it by another, or a connection,
/// which gives back what it has when it ends.
enum class Borrower { request, connection };

}  // namespace emulator::hub
