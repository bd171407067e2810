// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/enroll.hpp"

namespace emulator {

/// The enrollments to be made, as the control API takes them. Throws Error for input and options that do not
/// fit.
[[nodiscard]] nlohmann::json individual_items(const EnrollOptions& options,
                                              const std::string& enrollment_info);
/// The one group. `enrollment_info` may be empty; the devices in it are only looked at.
[[nodiscard]] nlohmann::json group_items(const EnrollOptions& options, const std::string& enrollment_info);

}  // namespace emulator
