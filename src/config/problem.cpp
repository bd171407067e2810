// SPDX-License-Identifier: Apache-2.0
#include "config/problem.hpp"

#include <utility>

namespace device_agent::config {
namespace {

std::string render_all(const std::vector<Problem>& problems) {
    std::string text;
    for (const auto& problem : problems) {
        if (!text.empty()) text += '\n';
        text += render(problem);
    }
    return text;
}

}  // namespace

std::string render(const Problem& problem) {
    std::string text = problem.file;
    if (problem.line > 0) text += ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column);
    if (!problem.key.empty()) text += ": " + problem.key;
    text += ": " + problem.reason + '.';
    if (!problem.remedy.empty()) text += ' ' + problem.remedy;
    return text;
}

ConfigurationError::ConfigurationError(std::vector<Problem> problems)
    : Error(ErrorCode::configuration, render_all(problems)), problems_(std::move(problems)) {}

}  // namespace device_agent::config
