// SPDX-License-Identifier: Apache-2.0
// Conditions over twins, compiled once and evaluated often.
#pragma once

#include "emulator/hub/query/token.hpp"

#include <optional>

namespace emulator::hub::query {

/// What a condition is asked about.
class Subject {
public:
    Subject() = default;
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;
    virtual ~Subject() = default;

    /// Null when there is no such property. Valid as long as the subject.
    [[nodiscard]] virtual const nlohmann::json* find(const Path& path) const = 0;
};

enum class Operation {
    literal,  // operands
    path,
    all_of,  // of any number of conditions
    any_of,
    negation,
    equal,  // of two operands
    not_equal,
    less,
    less_or_equal,
    greater,
    greater_or_equal,
    one_of,      // the first operand among the others
    is_defined,  // of one operand
    is_text,
    is_number,
    is_truth_value,
    is_object,
    starts_with,  // of two operands
    ends_with,
    contains,
};

/// A value; not changed once it is parsed, so that threads can share it.
struct Expression {
    Operation operation = Operation::literal;
    nlohmann::json value{};  ///< of a literal
    Path path{};             ///< of a path
    std::vector<Expression> operands{};
};

/// Three-valued: nothing where a property is missing, or is of another type than what it is compared with.
[[nodiscard]] std::optional<bool> evaluate(const Expression& condition, const Subject& subject);

/// What `path` leads to below `root`, from its segment `from` on; null when there is no such member.
[[nodiscard]] const nlohmann::json* descend(const nlohmann::json& root, const Path& path, std::size_t from);

}  // namespace emulator::hub::query
