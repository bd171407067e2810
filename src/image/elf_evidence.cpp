// SPDX-License-Identifier: Apache-2.0
#include "image/elf_evidence.hpp"

#include "image/software.hpp"

#include <map>
#include <optional>

namespace device_agent::image {
namespace {

struct Link {
    std::string library;
    Use use;
};

std::string base_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

// What each library brings in. Libraries may need each other in a circle.
class Closure {
public:
    explicit Closure(const std::vector<ElfFile>& files) {
        for (const auto& file : files) {
            if (file.links.is_program) continue;
            const auto& links = file.links;
            libraries_.try_emplace(links.soname.empty() ? base_name(file.path) : links.soname, &links);
        }
    }

    // The SDK or client that says most among those needed; directly linked ones go first.
    [[nodiscard]] std::optional<Link> direct(const ElfLinks& links) const {
        std::optional<Link> best;
        for (const auto& name : links.needed) {
            const auto use = use_of_library(name);
            if (use && (!best || *use < best->use)) best = Link{name, *use};
        }
        return best;
    }

    std::optional<Link> through(const std::string& library) {
        const auto [known, added] = results_.try_emplace(library);
        if (!added) return known->second;  // also in the middle of a circle: nothing yet
        const auto found = libraries_.find(library);
        if (found == libraries_.end()) return std::nullopt;
        auto result = direct(*found->second);
        for (const auto& name : found->second->needed) {
            const auto below = through(name);
            if (below && (!result || below->use < result->use)) result = below;
        }
        return results_[library] = result;
    }

private:
    std::map<std::string, const ElfLinks*> libraries_;
    std::map<std::string, std::optional<Link>> results_;
};

}  // namespace

std::vector<Evidence> evidence_of(const std::vector<ElfFile>& files) {
    std::vector<Evidence> all;
    Closure closure(files);
    for (const auto& file : files) {
        if (!file.links.is_program) continue;
        Evidence evidence;
        evidence.origin.file = file.path;
        evidence.name = base_name(file.path);
        evidence.file = file.id;
        auto link = closure.direct(file.links);
        for (const auto& name : file.links.needed) {
            if (link) break;
            link = closure.through(name);
            evidence.through = name;
        }
        if (!link) continue;
        evidence.use = link->use;
        evidence.uses = link->library;
        all.push_back(std::move(evidence));
    }
    return all;
}

}  // namespace device_agent::image
