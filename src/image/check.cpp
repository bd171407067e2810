// SPDX-License-Identifier: Apache-2.0
#include "image/check.hpp"

#include "image/checks.hpp"

#include <algorithm>

namespace device_agent::image {

std::vector<Finding> check(const Image& image) {
    std::vector<Finding> findings;
    check_agent(image, findings);
    check_grants(image, findings);
    check_plan(image, findings);
    return findings;
}

Severity worst(const std::vector<Finding>& findings) {
    auto severity = Severity::note;
    for (const auto& finding : findings)
        severity = std::max(severity, finding.severity);
    return severity;
}

std::string_view to_text(Severity severity) noexcept {
    switch (severity) {
        case Severity::error:
            return "error";
        case Severity::warning:
            return "warning";
        case Severity::note:
            break;
    }
    return "note";
}

std::string render(const Finding& finding) {
    std::string text(to_text(finding.severity));
    if (!finding.place.file.empty()) text += ": " + finding.place.file;
    if (finding.place.line > 0) text += ':' + std::to_string(finding.place.line);
    text += ": ";
    if (!finding.subject.empty()) text += finding.subject + ' ';
    text += finding.what + '.';
    if (!finding.remedy.empty()) text += ' ' + finding.remedy;
    return text;
}

}  // namespace device_agent::image
