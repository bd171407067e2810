// SPDX-License-Identifier: Apache-2.0
// IoT Hub's way of saying no.
#pragma once

#include "emulator/http/message.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace emulator::hub {

/// The hub's error codes that the emulator answers with. Each has one row (status, name) in refusal.cpp.
enum class RefusalCode {
    argument_invalid,
    unauthorized,
    hub_not_found,
    device_not_found,
    module_not_found,
    configuration_not_found,
    operation_not_found,
    method_not_allowed,
    device_already_exists,
    module_already_exists,
    configuration_already_exists,
    precondition_failed,
    message_lock_lost,
    message_too_large,
    too_many_modules,
    queue_depth_exceeded,
    quota_exceeded,
    device_not_online,
    server_error,
    gateway_timeout,
};

/// One row of the table of refusals.
struct RefusalForm {
    int status;        ///< of HTTP, and of a twin response over MQTT
    int number;        ///< Azure's six digits
    const char* name;  ///< in the header and the body
};
[[nodiscard]] const RefusalForm& form_of(RefusalCode code);

/// Thrown by whatever finds out; translated once, at the API's edge.
class Refusal : public std::runtime_error {
public:
    /// `message` goes to the client; `reason` to the record of requests only, for what Azure does not tell.
    Refusal(RefusalCode code, const std::string& message, const std::string& reason = "");

    [[nodiscard]] RefusalCode code() const noexcept { return code_; }
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

private:
    RefusalCode code_;
    std::string reason_;
};

/// A 401, which tells the client nothing more: `reason` is for the record.
[[nodiscard]] Refusal unauthorized(const std::string& reason);

/// {"errorCode": 400004, "message": "...", "trackingId": "..."}: the body of an answer over MQTT.
[[nodiscard]] nlohmann::json error_json(const Refusal& refusal);

/// Body `{"Message":"ErrorCode:Name;text","ExceptionMessage":"Tracking ID:…"}` and header iothub-errorcode:
/// the form that all SDKs can read.
[[nodiscard]] http::Response refuse(const Refusal& refusal);

}  // namespace emulator::hub
