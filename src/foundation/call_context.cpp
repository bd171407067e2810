// SPDX-License-Identifier: Apache-2.0
#include "foundation/call_context.hpp"

#include "foundation/error.hpp"

namespace device_agent {

void CallContext::check() const {
    if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped on request");
}

bool CallContext::allows(std::chrono::milliseconds delay) const {
    return !deadline || clock.steady_now() + delay < *deadline;
}

}  // namespace device_agent
