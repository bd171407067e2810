// SPDX-License-Identifier: Apache-2.0
#include "cloud/service_time.hpp"

#include <algorithm>

namespace device_agent::cloud {

WallTime build_time() noexcept {
    return WallTime(std::chrono::seconds(DEVICE_AGENT_BUILD_TIME));
}

void ServiceTime::observe(WallTime date) {
    const std::scoped_lock lock(mutex_);
    last_ = Observation{date, clock_.steady_now()};
}

std::optional<ServiceTime::Observation> ServiceTime::last() const {
    const std::scoped_lock lock(mutex_);
    return last_;
}

WallTime ServiceTime::for_certificates() const {
    const auto latest = std::max(clock_.now(), build_time());
    const auto observed = last();
    return observed ? std::max(latest, observed->date) : latest;
}

bool ServiceTime::clock_is_before_build() const {
    return clock_.now() < build_time();
}

WallTime ServiceTime::now() const {
    const auto local = clock_.now();
    const auto observed = last();
    if (!observed) return std::max(local, build_time());
    const auto passed = std::chrono::duration_cast<std::chrono::seconds>(clock_.steady_now() - observed->at);
    const auto service = observed->date + passed;
    const auto off = local > service ? local - service : service - local;
    return off > std::chrono::minutes(5) ? service : local;
}

}  // namespace device_agent::cloud
