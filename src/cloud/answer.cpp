// SPDX-License-Identifier: Apache-2.0
#include "cloud/answer.hpp"

namespace device_agent::cloud {

bool is_nested_too_deeply(std::string_view json) {
    constexpr int deepest = 64;
    int depth = 0;
    bool in_string = false;
    bool escaped = false;
    for (const char c : json) {
        if (escaped) {
            escaped = false;
        } else if (in_string) {
            escaped = c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > deepest) return true;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return false;
}

}  // namespace device_agent::cloud
