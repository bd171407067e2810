// SPDX-License-Identifier: Apache-2.0
// What the steps of load() collect: everything is reported at once.
#pragma once

#include "config/document.hpp"
#include "config/problem.hpp"

#include <string>
#include <utility>
#include <vector>

namespace device_agent::config {

struct Findings {
    std::vector<Problem> problems;  ///< the configuration is refused
    std::vector<Problem> warnings;

    void refuse(const Place& place, std::string key, std::string reason, std::string remedy) {
        problems.push_back(make(place, std::move(key), std::move(reason), std::move(remedy)));
    }
    void warn(const Place& place, std::string key, std::string reason, std::string remedy) {
        warnings.push_back(make(place, std::move(key), std::move(reason), std::move(remedy)));
    }

private:
    static Problem make(const Place& place, std::string key, std::string reason, std::string remedy) {
        return {place.file ? *place.file : std::string(),
                place.line,
                place.column,
                std::move(key),
                std::move(reason),
                std::move(remedy)};
    }
};

}  // namespace device_agent::config
