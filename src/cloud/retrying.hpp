// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "foundation/call_context.hpp"

namespace device_agent::cloud {

/// Sends until there is an answer that a repetition would not change: anything but 408, 429 and 5xx. Waits
/// as long as the service's Retry-After says, otherwise (and when it says 0) growing jittered delays, and
/// logs each wait. No request outlasts the deadline. Throws Error{network} with the last reason as soon as
/// the next wait would pass the deadline, Error{cancelled} on a stop.
[[nodiscard]] HttpResponse send_with_retries(HttpClient& http, const HttpRequest& request,
                                             const CallContext& context);

/// "429 Too Many Requests": for messages.
[[nodiscard]] std::string describe_status(int status);

}  // namespace device_agent::cloud
