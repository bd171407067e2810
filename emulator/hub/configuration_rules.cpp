// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/configuration_rules.hpp"

#include "emulator/hub/twin_limits.hpp"
#include "emulator/hub/twin_subject.hpp"

#include <algorithm>
#include <tuple>

namespace emulator::hub {
namespace {

using nlohmann::json;
using query::Path;

bool matches(const query::TargetCondition& target, const Identity& identity, const TwinSubject& subject) {
    if (target.nobody || (target.source == query::Source::modules) != identity.id.is_module()) return false;
    return !target.where || query::evaluate(*target.where, subject) == true;
}

void erase_at(json& tree, const Path& path) {
    auto* at = &tree;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        const auto child = at->find(path[i]);
        if (child == at->end() || !child->is_object()) return;
        at = &*child;
    }
    at->erase(path.back());
}

void set_at(json& tree, const Path& path, const json& value) {
    auto* at = &tree;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
        auto& child = (*at)[path[i]];
        if (!child.is_object()) child = json::object();
        at = &child;
    }
    if (value.is_null()) {
        at->erase(path.back());
    } else {
        (*at)[path.back()] = value;
    }
}

bool is_prefix(const Path& prefix, const Path& of) {
    return prefix.size() <= of.size() && std::equal(prefix.begin(), prefix.end(), of.begin());
}

// Something of it is not overwritten by those that win over it.
bool shows(const Configuration& configuration, const std::vector<const Configuration*>& winners) {
    return std::any_of(configuration.settings.begin(), configuration.settings.end(), [&](const Setting& own) {
        return std::none_of(winners.begin(), winners.end(), [&](const Configuration* winner) {
            return std::any_of(winner->settings.begin(), winner->settings.end(),
                               [&](const Setting& other) { return is_prefix(other.path, own.path); });
        });
    });
}

}  // namespace

Configured configure(const Identity& identity, const Twin& twin, const ConfigurationList& configurations,
                     const std::vector<ConfigurationTarget>& before) {
    static const LiveState no_state{};  // conditions cannot ask for it
    const TwinSubject subject(identity, twin, no_state);
    std::vector<const Configuration*> matching;
    for (const auto& configuration : configurations) {
        if (matches(configuration.target, identity, subject)) matching.push_back(&configuration);
    }

    Configured result{.desired = twin.desired.values, .targets = {}};
    for (const auto& target : before) {
        for (const auto& path : target.paths)
            erase_at(result.desired, path);
    }
    for (std::size_t i = 0; i < matching.size(); ++i) {
        const auto& configuration = *matching[i];
        ConfigurationTarget target{.configuration = configuration.id};
        for (const auto& setting : configuration.settings) {
            set_at(result.desired, setting.path, setting.value);
            target.paths.push_back(setting.path);
        }
        target.applied =
            shows(configuration, {matching.begin() + static_cast<std::ptrdiff_t>(i) + 1, matching.end()});
        result.targets.push_back(std::move(target));
    }
    if (twin_size(result.desired) > largest_properties) {  // a twin that has no room for it is left alone
        result.desired = twin.desired.values;
        for (auto& target : result.targets) {
            target.applied = false;
            target.paths.clear();
        }
    }
    std::sort(result.targets.begin(), result.targets.end(),
              [](const auto& a, const auto& b) { return a.configuration < b.configuration; });
    return result;
}

ConfigurationCache::ConfigurationCache(store::Database& database) {
    std::map<std::string, ConfigurationList> lists;
    auto transaction = database.begin();
    for (auto& [hub, configuration] : load_configurations(transaction))
        lists[hub].push_back(std::move(configuration));
    for (auto& [hub, list] : lists) {
        sort_by_precedence(list);
        lists_[hub] = std::make_shared<const ConfigurationList>(std::move(list));
    }
}

std::shared_ptr<const ConfigurationList> ConfigurationCache::of_hub(const std::string& hub) const {
    static const auto none = std::make_shared<const ConfigurationList>();
    const auto list = lists_.find(hub);
    return list == lists_.end() ? none : list->second;
}

void ConfigurationCache::replace(store::Transaction& transaction, const std::string& hub,
                                 std::shared_ptr<const ConfigurationList> list) {
    transaction.after_commit([this, hub, list = std::move(list)] { lists_[hub] = list; });
}

void sort_by_precedence(ConfigurationList& list) {
    std::sort(list.begin(), list.end(), [](const Configuration& a, const Configuration& b) {
        return std::tie(a.priority, a.sequence) < std::tie(b.priority, b.sequence);
    });
}

}  // namespace emulator::hub
