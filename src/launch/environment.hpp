// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/secret.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace device_agent::launch {

/// The environment of this process with some variables set otherwise; those are wiped when it goes.
class Environment {
public:
    void set(const std::string& name, std::string_view value);

    /// For execve(). Good until the next set().
    [[nodiscard]] std::vector<char*> pointers();

private:
    struct Variable {
        std::string name;
        SecretText text;  ///< NAME=value, with a zero at its end
    };
    std::vector<Variable> set_;
};

}  // namespace device_agent::launch
