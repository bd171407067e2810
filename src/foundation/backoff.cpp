// SPDX-License-Identifier: Apache-2.0
#include "foundation/backoff.hpp"

#include <algorithm>
#include <random>

namespace device_agent {

double RandomJitter::next() {
    thread_local std::minstd_rand generator{std::random_device{}()};
    return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

std::chrono::milliseconds Backoff::next() {
    const auto whole = std::min(next_, most_);
    next_ = std::min(next_ * 2, most_);
    const auto half = whole / 2;
    return half + std::chrono::milliseconds(static_cast<std::int64_t>(
                      static_cast<double>((whole - half).count()) * jitter_.next()));
}

}  // namespace device_agent
