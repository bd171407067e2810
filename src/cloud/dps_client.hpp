// SPDX-License-Identifier: Apache-2.0
// The device API of the Azure Device Provisioning Service over HTTPS.
#pragma once

#include "attestation/attestation.hpp"
#include "cloud/dps_reply.hpp"
#include "cloud/http.hpp"
#include "cloud/sas_token.hpp"
#include "cloud/service_time.hpp"
#include "foundation/call_context.hpp"

#include <functional>
#include <string>

namespace device_agent::cloud {

/// Where and as whom to register.
struct Registration {
    std::string endpoint;  ///< host[:port]
    std::string id_scope;
    std::string registration_id;
    std::string payload;  ///< JSON text for custom allocation, empty for none
};

/// Threading: used by one thread at a time. `http` and `time` outlive it.
class DpsClient {
public:
    DpsClient(HttpClient& http, const ServiceTime& time) : http_(http), time_(time) {}

    /// Registers and waits until DPS has assigned the device: PUT, the TPM challenge's answer by PUT, then
    /// GETs at the pace that Retry-After sets. A 401, 403 or 404 while polling, and a 401 to the answered
    /// challenge, leads to one full registration more. Errors: Error{refused} with DPS's own code and
    /// message, Error{network} at the deadline, Error{tpm}.
    [[nodiscard]] Assignment register_device(const Registration& registration,
                                             attestation::Attestation& attestation,
                                             const CallContext& context);

private:
    class Attempt;
    HttpClient& http_;
    const ServiceTime& time_;
};

}  // namespace device_agent::cloud
