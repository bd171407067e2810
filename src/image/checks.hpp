// SPDX-License-Identifier: Apache-2.0
// The parts of check(): one file each.
#pragma once

#include "image/check.hpp"

namespace device_agent::image {

/// The agent, and what must not be the same on all devices.
void check_agent(const Image& image, std::vector<Finding>& findings);
/// Who gets which identity, and whether they exist.
void check_grants(const Image& image, std::vector<Finding>& findings);
/// The applications of the image, the lock file and the configuration say the same.
void check_plan(const Image& image, std::vector<Finding>& findings);

/// Where a value of the configuration stands.
[[nodiscard]] inline Origin origin_of(const config::Place& place) {
    return {place.file ? *place.file : std::string(), place.line};
}

}  // namespace device_agent::image
