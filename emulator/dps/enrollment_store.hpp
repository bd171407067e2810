// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/dps/enrollment.hpp"
#include "emulator/store/database.hpp"

#include <vector>

namespace emulator::dps {

/// Registration ids are compared without regard to case.
[[nodiscard]] std::optional<Enrollment> find_enrollment(store::Transaction& transaction,
                                                        const std::string& id);

/// Ordered by registration id, those behind `after` (all when it is empty), at most `most`.
[[nodiscard]] std::vector<Enrollment> list_enrollments(store::Transaction& transaction,
                                                       const std::string& after, std::int64_t most);

/// Creates it, or replaces the one with the same registration id, whose spelling and creation time it keeps.
/// Gives it a new etag, and returns it as it now is.
[[nodiscard]] Enrollment save_enrollment(store::Transaction& transaction, Enrollment enrollment,
                                         device_agent::WallTime now);

/// Its registration goes with it; the device in the hub stays. False when there was none.
bool erase_enrollment(store::Transaction& transaction, const std::string& id);

}  // namespace emulator::dps
