// SPDX-License-Identifier: Apache-2.0
#include "config/check.hpp"

#include "config/defaults.hpp"
#include "config/files.hpp"
#include "config/parse.hpp"
#include "config/rules.hpp"
#include "config/validate.hpp"

#include <algorithm>
#include <tuple>

namespace device_agent::config {

std::optional<Node> read_document(const std::vector<Source>& sources, std::vector<Problem>& problems) {
    std::optional<Node> merged;
    bool all_are_json = true;
    for (const auto& source : sources) {
        auto document = parse(source.name, source.text.view(), problems);
        if (document && !document->is(Node::Kind::object)) {
            problems.push_back({source.name, document->place.line, document->place.column, "",
                                "the document is no object", "Put all keys in { }."});
            document.reset();
        }
        if (!document) {
            all_are_json = false;
        } else if (merged) {
            merge(*merged, std::move(*document));
        } else {
            merged = std::move(document);
        }
    }
    return all_are_json ? std::move(merged) : std::nullopt;
}

void check_document(Node& root, const std::filesystem::path& folder, Findings& findings) {
    validate(root, findings);
    fill_defaults(root);
    resolve_paths(root, folder);
    check_rules(root, findings);
}

void sort_by_place(std::vector<Problem>& problems, const std::vector<Source>& sources) {
    const auto rank = [&](const Problem& problem) {
        const auto file = std::ranges::find(sources, problem.file, &Source::name);
        return std::tuple(file - sources.begin(), problem.line, problem.column);
    };
    std::ranges::stable_sort(problems, {}, rank);
}

}  // namespace device_agent::config
