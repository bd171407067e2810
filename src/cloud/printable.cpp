// SPDX-License-Identifier: Apache-2.0
#include "cloud/printable.hpp"

namespace device_agent::cloud {

std::string printable(std::string_view text) {
    constexpr std::size_t most = 200;
    std::string line(text.substr(0, most));
    for (char& c : line) {
        const bool is_blank = c == '\n' || c == '\r' || c == '\t';
        if (is_blank) c = ' ';
        if (c < 0x20 || c > 0x7e) c = '?';
    }
    if (text.size() > most) line += "...";
    return line;
}

}  // namespace device_agent::cloud
