// SPDX-License-Identifier: Apache-2.0
// IoT Hub's REST API, for all hubs of the emulator: the Host header says which one is meant.
#pragma once

#include "emulator/hub/routes.hpp"

namespace emulator::hub {

/// Thread-safe.
class Api {
public:
    /// `policies`: by hub name, in lower case; they say which hubs there are. All arguments outlive this
    /// object.
    Api(Services& services, DirectMethods& methods, const HubPolicies& policies);
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    [[nodiscard]] http::Response handle(const http::Request& request) const;

private:
    [[nodiscard]] http::Response dispatch(http::Call& call) const;

    const HubPolicies& policies_;
    http::Router router_;
};

}  // namespace emulator::hub
