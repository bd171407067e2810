// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/configurations.hpp"

#include "emulator/http/etag.hpp"
#include "emulator/hub/refusal.hpp"
#include "emulator/unique_id.hpp"

#include <algorithm>

namespace emulator::hub {
namespace {

using store::Transaction;

ConfigurationList::iterator find_in(ConfigurationList& list, const std::string& id) {
    return std::find_if(list.begin(), list.end(), [&](const auto& known) { return known.id == id; });
}

Refusal not_found(const std::string& id) {
    return {RefusalCode::configuration_not_found, "There is no configuration " + id};
}

void check_if_match(std::string_view if_match, const Configuration& present) {
    if (!http::if_match_allows(if_match, present.etag)) {
        throw Refusal(RefusalCode::precondition_failed,
                      "If-Match does not name the present etag of the configuration");
    }
}

}  // namespace

Configuration Configurations::get(const std::string& hub, const std::string& id) const {
    for (const auto& configuration : *cache_.of_hub(hub)) {
        if (configuration.id == id) return configuration;
    }
    throw not_found(id);
}

ConfigurationList Configurations::list(const std::string& hub) const {
    auto list = *cache_.of_hub(hub);
    std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    return list;
}

Configuration Configurations::put(Transaction& transaction, const std::string& hub, Configuration wanted,
                                  std::optional<std::string_view> if_match) {
    auto list = *cache_.of_hub(hub);
    const auto present = find_in(list, wanted.id);
    wanted.etag = new_etag();
    wanted.updated = clock_.now();
    if (if_match) {
        if (present == list.end()) throw not_found(wanted.id);
        check_if_match(*if_match, *present);
        wanted.created = present->created;
        wanted.sequence = present->sequence;
        *present = wanted;
    } else {
        if (present != list.end()) {
            throw Refusal(RefusalCode::configuration_already_exists, "There is a configuration " + wanted.id);
        }
        if (list.size() >= most_configurations) {
            throw Refusal(RefusalCode::quota_exceeded, "The hub has 100 configurations, as many as it may");
        }
        wanted.created = wanted.updated;
        wanted.sequence = next_configuration_sequence(transaction);
        list.push_back(wanted);
    }
    save_configuration(transaction, hub, wanted);
    use(transaction, hub, std::move(list));
    return wanted;
}

void Configurations::remove(Transaction& transaction, const std::string& hub, const std::string& id,
                            std::optional<std::string_view> if_match) {
    auto list = *cache_.of_hub(hub);
    const auto present = find_in(list, id);
    if (present == list.end()) throw not_found(id);
    if (if_match) check_if_match(*if_match, *present);
    list.erase(present);
    erase_configuration(transaction, hub, id);
    use(transaction, hub, std::move(list));
}

void Configurations::use(Transaction& transaction, const std::string& hub, ConfigurationList list) {
    sort_by_precedence(list);
    const auto shared = std::make_shared<const ConfigurationList>(std::move(list));
    cache_.replace(transaction, hub, shared);
    for (const auto& identity : list_identities(transaction, hub))
        twins_.configure(transaction, identity, *shared);
}

MetricResults Configurations::system_metrics(Transaction& transaction, const std::string& hub,
                                             const Configuration& configuration) {
    const auto counts = count_targets(transaction, hub, configuration.id);
    return {{"targetedCount", counts.targeted}, {"appliedCount", counts.applied}};
}

}  // namespace emulator::hub
