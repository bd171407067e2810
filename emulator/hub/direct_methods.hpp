// SPDX-License-Identifier: Apache-2.0
// Direct methods: a call of the back end that a connected device answers.
#pragma once

#include "emulator/http/message.hpp"
#include "emulator/hub/connected_devices.hpp"
#include "emulator/timer.hpp"

namespace emulator::hub {

/// What a back end asks for.
struct MethodRequest {
    MethodCall call;
    std::chrono::seconds connect_timeout{0};    ///< how long to wait for the device to come
    std::chrono::seconds response_timeout{30};  ///< from then on
};

/// Reads `{"methodName": …, "payload": …, "connectTimeoutInSeconds": …, "responseTimeoutInSeconds": …}`.
/// Throws FormatError, and Refusal for a payload that is too large.
[[nodiscard]] MethodRequest parse_method_request(std::string_view body);

/// Thread-safe.
class DirectMethods {
public:
    static constexpr std::size_t largest_payload = 128U * 1024U;

    /// The arguments outlive this object.
    DirectMethods(ConnectedDevices& connected, Timer& timer) : connected_(connected), timer_(timer) {}

    /// `respond` is called once, from any thread: 200 with the device's status and payload, 404103 when it is
    /// not there, 504 when it does not answer in time.
    void invoke(const IdentityId& id, const MethodRequest& request,
                std::function<void(http::Response)> respond);

private:
    struct Pending;
    void try_link(const std::shared_ptr<Pending>& pending, std::chrono::milliseconds patience);

    ConnectedDevices& connected_;
    Timer& timer_;
};

}  // namespace emulator::hub
