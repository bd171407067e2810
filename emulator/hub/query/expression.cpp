// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/query/expression.hpp"

#include <algorithm>

namespace emulator::hub::query {
namespace {

using nlohmann::json;
using Result = std::optional<bool>;

// Only operands have values; a condition in an operand's place is not parsed.
const json* value_of(const Expression& operand, const Subject& subject) {
    return operand.operation == Operation::path ? subject.find(operand.path) : &operand.value;
}

bool comparable(const json& a, const json& b) {
    return (a.is_number() && b.is_number()) || a.type() == b.type();
}

bool has_order(const json& value) {
    return value.is_number() || value.is_string();
}

Result compare(Operation operation, const json* a, const json* b) {
    if (a == nullptr || b == nullptr || !comparable(*a, *b)) return std::nullopt;
    if (operation == Operation::equal) return *a == *b;
    if (operation == Operation::not_equal) return *a != *b;
    if (!has_order(*a)) return std::nullopt;
    switch (operation) {
        case Operation::less:
            return *a < *b;
        case Operation::less_or_equal:
            return *a <= *b;
        case Operation::greater:
            return *a > *b;
        default:
            return *a >= *b;
    }
}

// One certain `decider` decides; else whatever is uncertain makes the whole so.
Result combine(const std::vector<Expression>& conditions, const Subject& subject, bool decider) {
    bool uncertain = false;
    for (const auto& condition : conditions) {
        const auto result = evaluate(condition, subject);
        if (result == decider) return decider;
        uncertain = uncertain || !result;
    }
    if (uncertain) return std::nullopt;
    return !decider;
}

Result one_of(const std::vector<Expression>& operands, const Subject& subject) {
    const auto* value = value_of(operands.front(), subject);
    if (value == nullptr) return std::nullopt;
    return std::any_of(operands.begin() + 1, operands.end(), [&](const Expression& operand) {
        return compare(Operation::equal, value, value_of(operand, subject)) == true;
    });
}

Result match_text(Operation operation, const json* text, const json* part) {
    if (text == nullptr || part == nullptr || !text->is_string() || !part->is_string()) return std::nullopt;
    const auto& in = text->get_ref<const std::string&>();
    const auto& what = part->get_ref<const std::string&>();
    if (operation == Operation::starts_with) return in.starts_with(what);
    if (operation == Operation::ends_with) return in.ends_with(what);
    return in.find(what) != std::string::npos;
}

bool has_type(Operation operation, const json* value) {
    if (value == nullptr) return false;
    switch (operation) {
        case Operation::is_text:
            return value->is_string();
        case Operation::is_number:
            return value->is_number();
        case Operation::is_truth_value:
            return value->is_boolean();
        case Operation::is_object:
            return value->is_object();
        default:
            return true;  // is_defined
    }
}

}  // namespace

Result evaluate(const Expression& condition, const Subject& subject) {
    const auto& operands = condition.operands;
    const auto operand = [&](std::size_t i) { return value_of(operands[i], subject); };
    switch (condition.operation) {
        case Operation::all_of:
            return combine(operands, subject, false);
        case Operation::any_of:
            return combine(operands, subject, true);
        case Operation::negation: {
            const auto result = evaluate(operands[0], subject);
            return result ? Result(!*result) : std::nullopt;
        }
        case Operation::one_of:
            return one_of(operands, subject);
        case Operation::is_defined:
        case Operation::is_text:
        case Operation::is_number:
        case Operation::is_truth_value:
        case Operation::is_object:
            return has_type(condition.operation, operand(0));
        case Operation::starts_with:
        case Operation::ends_with:
        case Operation::contains:
            return match_text(condition.operation, operand(0), operand(1));
        case Operation::literal:
        case Operation::path: {  // "WHERE tags.indoors" stands for "= true"
            const auto* value = value_of(condition, subject);
            return value != nullptr && value->is_boolean() ? Result(value->get<bool>()) : std::nullopt;
        }
        default:
            return compare(condition.operation, operand(0), operand(1));
    }
}

const json* descend(const json& root, const Path& path, std::size_t from) {
    const auto* at = &root;
    for (std::size_t i = from; i < path.size(); ++i) {
        if (!at->is_object()) return nullptr;
        const auto child = at->find(path[i]);
        if (child == at->end()) return nullptr;
        at = &*child;
    }
    return at;
}

}  // namespace emulator::hub::query
