// SPDX-License-Identifier: Apache-2.0
// A document against the specification: names, types, ranges, required keys. What the JSON schema says too.
#pragma once

#include "config/document.hpp"
#include "config/findings.hpp"
#include "config/shape.hpp"

#include <string_view>

namespace device_agent::config {

/// `root` is an object that should have this shape; `every_key` says where all its keys are shown. Adds a
/// problem for each fault, and takes the faulty value out of the way of later steps: a wrong value becomes
/// invalid, a member whose name is wrong is removed.
void validate(Node& root, const Shape& shape, std::string_view every_key, Findings& findings);
/// The same against the specification of the configuration.
void validate(Node& root, Findings& findings);

}  // namespace device_agent::config
