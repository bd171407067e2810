// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "image/check.hpp"
#include "image/image_configuration.hpp"
#include "image/root_filesystem.hpp"

namespace device_agent::image {

/// Gathers what check() judges, but for the lock file. Throws config::ConfigurationError with every mistake
/// of the manifests, the unit sections and the configuration.
[[nodiscard]] Image inspect(const RootFilesystem& root, const ConfigurationTexts& configuration);

}  // namespace device_agent::image
