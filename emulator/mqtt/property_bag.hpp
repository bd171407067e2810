// SPDX-License-Identifier: Apache-2.0
// What a topic carries behind its last slash: properties of a message, percent-encoded like a URL's query.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace emulator::mqtt {

/// By name; a property without "=" has no value, which is another thing than an empty one.
using PropertyBag = std::map<std::string, std::optional<std::string>, std::less<>>;

/// "a=1&b&c=". A leading "?" is passed over, as is an empty bag. Throws FormatError for bad percent-encoding,
/// a property without a name, or one that is given twice.
[[nodiscard]] PropertyBag parse_property_bag(std::string_view text);

[[nodiscard]] std::string encode(const PropertyBag& bag);

/// The value of a property; nothing when it is absent or has none.
[[nodiscard]] std::optional<std::string> value_of(const PropertyBag& bag, std::string_view name);

}  // namespace emulator::mqtt
