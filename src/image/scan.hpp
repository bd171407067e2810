// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "image/facts.hpp"
#include "image/root_filesystem.hpp"

namespace device_agent::image {

/// Looks through a root file system. What is wrong with it becomes problems of the result; nothing is thrown
/// for what a file holds.
[[nodiscard]] Facts scan(const RootFilesystem& root);

}  // namespace device_agent::image
