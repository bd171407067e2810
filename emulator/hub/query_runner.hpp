// SPDX-License-Identifier: Apache-2.0
// Queries over the twins of a hub.
#pragma once

#include "emulator/hub/services.hpp"

namespace emulator::hub {

struct QueryPage {
    nlohmann::json rows = nlohmann::json::array();
    std::string continuation{};  ///< empty on the last page
};

/// The next `most` rows behind the page that `continuation` came with (empty: the first ones). Throws
/// FormatError for a continuation that no page of this query came with.
[[nodiscard]] QueryPage run_query(Services& services, store::Transaction& transaction, const std::string& hub,
                                  const query::Query& query, std::string_view continuation, std::size_t most);

/// How many twins the query finds; of a COUNT() query, what it counts.
[[nodiscard]] std::int64_t count_rows(Services& services, store::Transaction& transaction,
                                      const std::string& hub, const query::Query& query);

}  // namespace emulator::hub
