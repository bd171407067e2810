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
    log::warning("refused", {{"request", std::string(request)},
                             {"reason", reason},
                             {"uid", std::to_string(caller.uid)},
                             {"pid", std::to_string(caller.pid)},
                             {"unit", caller.unit.value_or("-")},
                             {"left_out", std::to_string(std::exchange(left_out_, 0))}});
}

}  // namespace device_agent::app_api
