// SPDX-License-Identifier: Apache-2.0
#include "foundation/logging.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace device_agent::log {
namespace {

spdlog::logger& logger() {
    static const auto instance = [] {
        auto made = spdlog::stderr_color_mt("device-agent");
        made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
        made->set_level(spdlog::level::warn);
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            break;
    }
    return spdlog::level::err;
}

// One line an entry, whatever the value: a hostile value must not be able to forge a second one.
void append_quoted(std::string& line, std::string_view value) {
    const bool plain = !value.empty() && value.find_first_of(" \"=\\") == std::string_view::npos;
    if (!plain) line.push_back('"');
    for (const char c : value) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            line.push_back('?');
            continue;
        }
        if (c == '"' || c == '\\') line.push_back('\\');
        line.push_back(c);
    }
    if (!plain) line.push_back('"');
}

}  // namespace

void set_level(Level level) {
    logger().set_level(to_spdlog(level));
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
    if (!logger().should_log(to_spdlog(level))) return;
    std::string line(message);
    for (const auto& field : fields) {
        line.push_back(' ');
        line.append(field.name);
        line.push_back('=');
        append_quoted(line, field.value);
    }
    logger().log(to_spdlog(level), "{}", line);
}

}  // namespace device_agent::log
