// SPDX-License-Identifier: Apache-2.0
// The text of a systemd unit or drop-in (systemd.syntax(7)). Any bytes will do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace device_agent::image {

struct UnitSetting {
    std::string section;
    std::string key;
    std::string value;  ///< continuation lines joined, blanks at its ends removed
    unsigned line = 0;  ///< from 1

    friend bool operator==(const UnitSetting&, const UnitSetting&) = default;
};

/// Every KEY=VALUE in the order of the file; anything else is passed over, as systemd does.
[[nodiscard]] std::vector<UnitSetting> parse_unit_file(std::string_view text);

/// The words of a value, at blanks outside of quotes; the quotes are removed.
[[nodiscard]] std::vector<std::string> unit_words(std::string_view value);

}  // namespace device_agent::image
