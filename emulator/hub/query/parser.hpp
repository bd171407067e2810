// SPDX-License-Identifier: Apache-2.0
// The part of IoT Hub's query language that the emulator understands (docs/emulator.md lists it).
#pragma once

#include "emulator/hub/query/expression.hpp"

namespace emulator::hub::query {

enum class Source { devices, modules };

struct Column {
    std::string name;  ///< in the result
    Path path{};       ///< empty: the number of rows, COUNT()
};

struct Query {
    Source source = Source::devices;
    std::vector<Column> columns{};  ///< none for *
    bool counts = false;            ///< the one column is COUNT()
    std::optional<std::size_t> top{};
    std::optional<Expression> where{};
};

/// SELECT … FROM … [WHERE …]. Throws FormatError, with the position of what is wrong or not understood.
[[nodiscard]] Query parse_query(std::string_view text);

/// To whom a configuration applies.
struct TargetCondition {
    Source source = Source::devices;
    bool nobody = false;                ///< the condition is empty
    std::optional<Expression> where{};  ///< none for *: to all
    std::size_t where_position = 0;     ///< in the text, counted from 0, where the condition proper begins
};

/// "*", "", a condition over devices, or "FROM devices.modules WHERE …". Throws FormatError: conditions may
/// use ids, tags and properties, but not what changes by itself (connection state, times).
[[nodiscard]] TargetCondition parse_target_condition(std::string_view text);

}  // namespace emulator::hub::query
