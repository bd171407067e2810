// SPDX-License-Identifier: Apache-2.0
// What is wrong with a configuration, where, and what to do about it.
#pragma once

#include "foundation/error.hpp"

#include <string>
#include <vector>

namespace device_agent::config {

/// One finding in a configuration file. `reason` continues the key ("is missing, …"); `remedy` is a whole
/// sentence. Neither holds a secret; text from the file is quoted, escaped and cut, so that it can be printed
/// to a terminal.
struct Problem {
    std::string file;
    unsigned line = 0;    ///< from 1; 0: the finding is about the file as a whole
    unsigned column = 0;  ///< from 1, counted in characters
    std::string key;      ///< a path such as `attestation.keyFile`; empty when it is about no key
    std::string reason;
    std::string remedy;

    friend bool operator==(const Problem&, const Problem&) = default;
};

/// `FILE:LINE:COLUMN: KEY: REASON. REMEDY`, without the parts that are not there.
[[nodiscard]] std::string render(const Problem& problem);

/// Error{configuration} with every problem that was found, in the order of the files. what() has one line for
/// each.
class ConfigurationError : public Error {
public:
    /// `problems` must not be empty.
    explicit ConfigurationError(std::vector<Problem> problems);

    [[nodiscard]] const std::vector<Problem>& problems() const noexcept { return problems_; }

private:
    std::vector<Problem> problems_;
};

}  // namespace device_agent::config
