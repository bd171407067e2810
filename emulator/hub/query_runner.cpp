// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/query_runner.hpp"

#include "emulator/format_error.hpp"
#include "emulator/hub/twin_subject.hpp"
#include "foundation/encoding.hpp"

namespace emulator::hub {
namespace {

using nlohmann::json;
using store::Transaction;

constexpr std::int64_t chunk = 256;

// Calls `found(identity, subject)` for each match behind `after`, until it says false.
template <typename Found>
void for_each_match(Services& services, Transaction& transaction, const query::Query& query, IdentityId after,
                    Found found) {
    const bool modules = query.source == query::Source::modules;
    for (;;) {
        const auto identities = list_identities_after(transaction, after, modules, chunk);
        for (const auto& identity : identities) {
            const auto twin = Twins::get(transaction, identity.id);
            const auto live = services.live_state(transaction, identity.id);
            const TwinSubject subject(identity, twin, live);
            if (query.where && query::evaluate(*query.where, subject) != true) continue;
            if (!found(identity.id, subject)) return;
        }
        if (identities.size() < static_cast<std::size_t>(chunk)) return;
        after = identities.back().id;
    }
}

json row_of(const query::Query& query, const TwinSubject& subject) {
    if (query.columns.empty()) return subject.document();
    auto row = json::object();
    for (const auto& column : query.columns) {
        if (const auto* value = subject.find(column.path)) row[column.name] = *value;
    }
    return row;
}

// Where a page ended, and how many rows came before it.
struct Place {
    IdentityId last;
    std::size_t rows = 0;
};

std::string to_text(const Place& place) {
    const auto text = json{place.last.device, place.last.module, place.rows}.dump();
    return device_agent::base64_encode(device_agent::as_bytes(text));
}

Place parse_place(const std::string& hub, std::string_view text) {
    if (text.empty()) return {{hub, "", ""}};
    const auto bytes = device_agent::base64_decode(text);
    const auto parts = bytes ? json::parse(bytes->begin(), bytes->end(), nullptr, false) : json();
    if (!parts.is_array() || parts.size() != 3 || !parts[0].is_string() || !parts[1].is_string() ||
        !parts[2].is_number_unsigned()) {
        throw FormatError("x-ms-continuation is not one that a page came with");
    }
    return {{hub, parts[0], parts[1]}, parts[2]};
}

}  // namespace

QueryPage run_query(Services& services, Transaction& transaction, const std::string& hub,
                    const query::Query& query, std::string_view continuation, std::size_t most) {
    QueryPage page;
    if (query.counts) {
        page.rows.push_back({{query.columns.front().name, count_rows(services, transaction, hub, query)}});
        return page;
    }
    auto place = parse_place(hub, continuation);
    for_each_match(services, transaction, query, place.last,
                   [&](const IdentityId& id, const TwinSubject& subject) {
                       if (query.top && place.rows == *query.top) return false;
                       if (page.rows.size() == most) {  // there is one more: it begins the next page
                           page.continuation = to_text(place);
                           return false;
                       }
                       page.rows.push_back(row_of(query, subject));
                       place = {id, place.rows + 1};
                       return true;
                   });
    return page;
}

std::int64_t count_rows(Services& services, Transaction& transaction, const std::string& hub,
                        const query::Query& query) {
    std::int64_t rows = 0;
    for_each_match(services, transaction, query, {hub, "", ""}, [&](const IdentityId&, const TwinSubject&) {
        if (query.top && static_cast<std::size_t>(rows) == *query.top) return false;
        ++rows;
        return true;
    });
    return rows;
}

}  // namespace emulator::hub
