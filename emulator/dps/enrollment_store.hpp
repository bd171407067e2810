// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/dps/enrollment.hpp"
#include "emulator/store/database.hpp"

#include <vector>

namespace emulator::dps {

/// Ids are compared without regard to case; individual enrollments and groups have names of their own.
[[nodiscard]] std::optional<Enrollment> find_enrollment(store::Transaction& transaction, EnrollmentKind kind,
                                                        const std::string& id);

/// Ordered by id, those behind `after` (all when it is empty), at most `most`.
[[nodiscard]] std::vector<Enrollment> list_enrollments(store::Transaction& transaction, EnrollmentKind kind,
                                                       const std::string& after, std::int64_t most);

/// Creates it, or replaces the one with the same id, whose spelling and creation time it keeps. Gives it a
/// new etag, and returns it as it now is.
[[nodiscard]] Enrollment save_enrollment(store::Transaction& transaction, Enrollment enrollment,
                                         device_agent::WallTime now);

/// The registrations that were made by it go with it; the devices in the hubs stay. False when there was
/// none.
bool erase_enrollment(store::Transaction& transaction, EnrollmentKind kind, const std::string& id);

}  // namespace emulator::dps
