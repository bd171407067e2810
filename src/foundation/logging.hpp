// SPDX-License-Identifier: Apache-2.0
// Structured log lines on stderr; under systemd they reach the journal. Never pass a key or a token.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace device_agent::log {

enum class Level { debug, info, warning, error };

/// A name and a value, printed as name=value behind the message (quoted when the value has a space).
struct Field {
    std::string_view name;
    std::string value;
};

/// Lines below `level` are dropped; the start value is `warning`. Call once, before threads start.
void set_level(Level level);

/// Thread-safe.
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::info, message, fields);
}
inline void warning(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::warning, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::error, message, fields);
}

}  // namespace device_agent::log
