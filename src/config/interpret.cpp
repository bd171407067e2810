// SPDX-License-Identifier: Apache-2.0
#include "config/interpret.hpp"

#include "config/bind.hpp"
#include "config/show.hpp"

#include <utility>

namespace device_agent::config {

Interpretation interpret(const std::vector<Source>& sources, const std::filesystem::path& folder) {
    Findings findings;
    auto root = read_document(sources, findings.problems);
    if (root) check_document(*root, folder, findings);
    if (!findings.problems.empty()) {
        sort_by_place(findings.problems, sources);
        throw ConfigurationError(std::move(findings.problems));
    }
    Interpretation result;
    result.configuration = bind(*root, {});
    sort_by_place(findings.warnings, sources);
    result.configuration.warnings = std::move(findings.warnings);
    result.configuration.effective = print_effective(*root);
    result.files = named_files(*root);
    result.document = std::move(*root);
    return result;
}

}  // namespace device_agent::config
