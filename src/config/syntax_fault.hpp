// SPDX-License-Identifier: Apache-2.0
// Says in plain words why a text is not JSON.
#pragma once

#include "config/token_locator.hpp"

#include <string>

namespace device_agent::config {

/// What may follow the last token that was accepted.
enum class Expected {
    document,          ///< nothing was read yet
    key_or_end,        ///< an object was just opened
    value_after_key,   ///< the colon and the value
    comma_or_brace,    ///< after a member of an object
    element_or_end,    ///< a list was just opened
    comma_or_bracket,  ///< after an element of a list
    nothing,           ///< the document is complete
};

struct SyntaxFault {
    Position position;
    std::string reason;
    std::string remedy;
};

/// `locator` stands behind the last token that was accepted; `offset` is the last byte that the parser looked
/// at.
[[nodiscard]] SyntaxFault describe_fault(TokenLocator locator, Expected expected, std::size_t offset);

}  // namespace device_agent::config
