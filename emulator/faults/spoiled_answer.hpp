// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/faults/fault.hpp"

#include <functional>
#include <stop_token>

namespace emulator::faults {

/// The refusal of a request that `fault` does not let be carried out; nothing when it is of another kind.
[[nodiscard]] std::optional<http::Response> refusal_by(const Fault& fault, const http::Request& request,
                                                       device_agent::WallTime now);

/// The answer to a request that `fault` meets. `carry_out` makes the right answer; it is called for the kinds
/// that carry the request out, and for no other. `cleared` ends a delay early.
[[nodiscard]] http::Response spoiled_answer(const Fault& fault, const http::Request& request,
                                            const std::function<http::Response()>& carry_out,
                                            device_agent::WallTime now, const std::stop_token& cleared);

}  // namespace emulator::faults
