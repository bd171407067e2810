// SPDX-License-Identifier: Apache-2.0
// Any bytes as a configuration file and its drop-ins: problems or a document, never a crash. No file that the
// document names is opened.
#include "config/check.hpp"
#include "config/show.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <utility>

using namespace device_agent;
using namespace device_agent::config;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the fuzzer's interface gives bytes.
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    std::vector<Source> sources;
    // A byte that UTF-8 never has parts the main file from its drop-ins.
    for (std::size_t start = 0; start <= input.size();) {
        const auto end = std::min(input.find('\xff', start), input.size());
        sources.push_back({std::to_string(sources.size()), SecretText(input.substr(start, end - start))});
        start = end + 1;
    }
    Findings findings;
    auto root = read_document(sources, findings.problems);
    if (!root) {
        if (findings.problems.empty()) std::abort();  // refused without a word
        return 0;
    }
    check_document(*root, "/etc/device-agent", findings);
    sort_by_place(findings.problems, sources);
    for (const auto& problem : findings.problems) {
        if (render(problem).find('\n') != std::string::npos) std::abort();  // a message is one line
        if (problem.line == 0 || problem.remedy.empty()) std::abort();
    }
    if (findings.problems.empty()) static_cast<void>(print_effective(std::move(*root)));
    return 0;
}
