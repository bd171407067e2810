// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/http/message.hpp"

#include <set>
#include <string>

namespace emulator::control {

/// Lets a request pass that is addressed to one of `host_names`: a web page elsewhere may have its own name
/// point here. Throws Refusal.
void check_host(const http::Request& request, const std::set<std::string>& host_names);

/// Lets a request to the control API pass when it carries the token and does not come from a page of another
/// origin. Throws Refusal.
void check_caller(const http::Request& request, const std::string& token);

}  // namespace emulator::control
