// SPDX-License-Identifier: Apache-2.0
#include "app_api/refusal_log.hpp"

#include "foundation/logging.hpp"

#include <utility>

namespace device_agent::app_api {

void RefusalLog::write(const Caller& caller, std::string_view request, const std::string& reason,
                       SteadyTime now) {
    if (!lines_.take(caller, now)) {
        ++left_out_;
        return;
    }
    if (const auto left_out = std::exchange(left_out_, 0); left_out > 0)
        log::warning("refused " + std::to_string(left_out) + " more, which came too fast to be logged");
    log::warning("refused", {{"request", std::string(request)},
                             {"reason", reason},
                             {"uid", std::to_string(caller.uid)},
                             {"pid", std::to_string(caller.pid)},
                             {"unit", caller.unit.value_or("-")}});
}

}  // namespace device_agent::app_api
