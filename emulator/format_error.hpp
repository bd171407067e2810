// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace emulator {

/// What a client sent does not have the form that the protocol wants. The message names the part and the
/// fault, and holds no key and no token. Thrown by parsers; each API translates it into its own reply.
class FormatError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace emulator
