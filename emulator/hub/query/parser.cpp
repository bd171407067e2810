// SPDX-License-Identifier: Apache-2.0
// Recursive descent, one function a rule of the grammar.
#include "emulator/hub/query/parser.hpp"

#include "emulator/ascii.hpp"
#include "emulator/format_error.hpp"

#include <algorithm>
#include <array>

namespace emulator::hub::query {
namespace {

constexpr int deepest = 32;

constexpr std::array<std::string_view, 6> stable_roots{"deviceId",   "moduleId", "tags",
                                                       "properties", "status",   "configurations"};
constexpr std::array<std::string_view, 13> other_roots{"connectionState",
                                                       "lastActivityTime",
                                                       "statusUpdateTime",
                                                       "statusReason",
                                                       "authenticationType",
                                                       "x509Thumbprint",
                                                       "etag",
                                                       "deviceEtag",
                                                       "version",
                                                       "cloudToDeviceMessageCount",
                                                       "capabilities",
                                                       "deviceScope",
                                                       "modelId"};

constexpr std::array<std::string_view, 19> keywords{
    "SELECT", "FROM", "WHERE", "AND",  "OR",    "NOT",  "IN",    "NIN",  "AS",  "TOP",
    "GROUP",  "BY",   "ORDER", "JOIN", "COUNT", "true", "false", "null", "LIKE"};

struct Function {
    std::string_view name;
    Operation operation;
    std::size_t operands;
};
constexpr std::array<Function, 10> functions{{{"IS_DEFINED", Operation::is_defined, 1},
                                              {"IS_STRING", Operation::is_text, 1},
                                              {"IS_NUMBER", Operation::is_number, 1},
                                              {"IS_BOOL", Operation::is_truth_value, 1},
                                              {"IS_OBJECT", Operation::is_object, 1},
                                              {"STARTS_WITH", Operation::starts_with, 2},
                                              {"STARTSWITH", Operation::starts_with, 2},
                                              {"ENDS_WITH", Operation::ends_with, 2},
                                              {"ENDSWITH", Operation::ends_with, 2},
                                              {"CONTAINS", Operation::contains, 2}}};

constexpr std::array<std::pair<std::string_view, Operation>, 7> comparisons{
    {{"=", Operation::equal},
     {"!=", Operation::not_equal},
     {"<>", Operation::not_equal},
     {"<", Operation::less},
     {"<=", Operation::less_or_equal},
     {">", Operation::greater},
     {">=", Operation::greater_or_equal}}};

template <std::size_t n>
const std::string_view* find_name(const std::array<std::string_view, n>& names, std::string_view name) {
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](std::string_view known) { return equal_ignoring_case(known, name); });
    return found == names.end() ? nullptr : &*found;
}

class Parser {
public:
    Parser(std::string_view text, bool only_stable) : tokens_(tokenize(text)), only_stable_(only_stable) {}

    Query query() {
        Query query;
        expect_keyword("SELECT");
        if (take_keyword("TOP")) query.top = row_limit();
        if (!take_symbol("*")) columns(query);
        expect_keyword("FROM");
        query.source = source();
        if (take_keyword("WHERE")) query.where = condition(0);
        expect_end();
        return query;
    }

    TargetCondition target_condition() {
        TargetCondition target;
        if (now().kind == TokenKind::end) {
            target.nobody = true;
        } else if (take_keyword("FROM")) {
            target.source = source();
            if (take_keyword("WHERE")) where(target);
        } else if (!take_symbol("*")) {
            where(target);
        }
        expect_end();
        return target;
    }

private:
    void where(TargetCondition& target) {
        target.where_position = now().position - 1;
        target.where = condition(0);
    }

    [[nodiscard]] const Token& now() const { return tokens_[at_]; }

    [[nodiscard]] bool is_keyword(std::string_view word) const {
        return now().kind == TokenKind::path && now().path.size() == 1 &&
               equal_ignoring_case(now().path.front(), word);
    }
    bool take_keyword(std::string_view word) {
        if (!is_keyword(word)) return false;
        ++at_;
        return true;
    }
    void expect_keyword(std::string_view word) {
        if (!take_keyword(word)) fail_at(now().position, std::string(word) + " is expected here");
    }
    bool take_symbol(std::string_view symbol) {
        if (now().kind != TokenKind::symbol || now().symbol != symbol) return false;
        ++at_;
        return true;
    }
    void expect_symbol(std::string_view symbol) {
        if (!take_symbol(symbol)) fail_at(now().position, std::string(symbol) + " is expected here");
    }
    void expect_end() const {
        if (now().kind == TokenKind::end) return;
        fail_at(now().position, "the emulator understands nothing more behind this place");
    }

    std::size_t row_limit() {
        if (now().kind != TokenKind::literal || !now().value.is_number_integer() || now().value < 1) {
            fail_at(now().position, "a number of rows is expected here");
        }
        return tokens_[at_++].value.get<std::size_t>();
    }

    Source source() {
        const auto& token = now();
        if (token.kind == TokenKind::path && equal_ignoring_case(token.path.front(), "devices")) {
            ++at_;
            if (token.path.size() == 1) return Source::devices;
            if (token.path.size() == 2 && equal_ignoring_case(token.path[1], "modules"))
                return Source::modules;
        }
        fail_at(token.position, "the emulator queries devices and devices.modules");
    }

    void columns(Query& query) {
        do {
            const auto position = now().position;
            Column column;
            if (take_keyword("COUNT")) {
                expect_symbol("(");
                expect_symbol(")");
                column.name = "count";
                query.counts = true;
            } else {
                column.path = property();
                column.name = column.path.back();
            }
            if (take_keyword("AS")) column.name = alias();
            query.columns.push_back(std::move(column));
            if (query.counts && query.columns.size() > 1) {
                fail_at(position, "the emulator has COUNT() alone, and no GROUP BY");
            }
        } while (take_symbol(","));
    }

    std::string alias() {
        if (now().kind != TokenKind::path || now().path.size() != 1)
            fail_at(now().position, "a name is expected");
        return tokens_[at_++].path.front();
    }

    Path property() {
        const auto& token = now();
        if (token.kind != TokenKind::path) fail_at(token.position, "a property is expected here");
        auto path = token.path;
        const auto* root = find_name(stable_roots, path.front());
        if (root == nullptr && !only_stable_) root = find_name(other_roots, path.front());
        if (root == nullptr) {
            fail_at(token.position,
                    '"' + path.front().substr(0, 64) + "\" is no property that can be used here");
        }
        path.front() = *root;
        if (*root == "properties" && (path.size() < 2 || (path[1] != "desired" && path[1] != "reported"))) {
            fail_at(token.position, "properties are properties.desired or properties.reported");
        }
        ++at_;
        return path;
    }

    // OR binds weakest, then AND, then NOT. Chains lie flat, so that depth is only that of the brackets.
    Expression condition(int depth) {
        return chain("OR", Operation::any_of,
                     [&] { return chain("AND", Operation::all_of, [&] { return negation(depth); }); });
    }

    template <typename Rule>
    Expression chain(std::string_view word, Operation operation, Rule rule) {
        auto first = rule();
        if (!is_keyword(word)) return first;
        Expression whole{.operation = operation};
        whole.operands.push_back(std::move(first));
        while (take_keyword(word))
            whole.operands.push_back(rule());
        return whole;
    }

    Expression negation(int depth) {
        if (depth > deepest) fail_at(now().position, "the condition is nested too deeply");
        if (!take_keyword("NOT")) return primary(depth);
        return negated(negation(depth + 1));
    }

    Expression primary(int depth) {
        if (take_symbol("(")) {
            auto inner = condition(depth + 1);
            expect_symbol(")");
            return inner;
        }
        if (auto call = function_call()) return std::move(*call);
        return comparison();
    }

    // A name right before a bracket.
    std::optional<Expression> function_call() {
        const auto& token = now();
        if (token.kind != TokenKind::path || token.path.size() != 1 || is_reserved(token.path.front()) ||
            tokens_[at_ + 1].symbol != "(") {
            return std::nullopt;
        }
        const auto* function = std::find_if(functions.begin(), functions.end(), [&](const Function& known) {
            return equal_ignoring_case(known.name, token.path.front());
        });
        if (function == functions.end()) {
            fail_at(token.position, "the emulator has no function " + token.path.front().substr(0, 64));
        }
        at_ += 2;
        Expression call{.operation = function->operation};
        for (std::size_t i = 0; i < function->operands; ++i) {
            if (i > 0) expect_symbol(",");
            call.operands.push_back(operand());
        }
        expect_symbol(")");
        return call;
    }

    Expression comparison() {
        auto left = operand();
        const bool not_in = take_keyword("NIN") || (is_keyword("NOT") && take_not_in());
        if (not_in || take_keyword("IN")) {
            auto among = one_of(std::move(left));
            return not_in ? negated(std::move(among)) : std::move(among);
        }
        for (const auto& [symbol, operation] : comparisons) {
            if (!take_symbol(symbol)) continue;
            Expression whole{.operation = operation};
            whole.operands.push_back(std::move(left));
            whole.operands.push_back(operand());
            return whole;
        }
        return left;
    }

    bool take_not_in() {
        ++at_;
        expect_keyword("IN");
        return true;
    }

    Expression one_of(Expression value) {
        const bool square = take_symbol("[");
        if (!square) expect_symbol("(");
        Expression among{.operation = Operation::one_of};
        among.operands.push_back(std::move(value));
        do {
            among.operands.push_back(operand());
        } while (take_symbol(","));
        expect_symbol(square ? "]" : ")");
        return among;
    }

    Expression operand() {
        const auto& token = now();
        if (token.kind == TokenKind::literal) {
            ++at_;
            return {.operation = Operation::literal, .value = token.value};
        }
        for (const auto& [word, value] : {std::pair<std::string_view, nlohmann::json>{"true", true},
                                          {"false", false},
                                          {"null", nullptr}}) {
            if (take_keyword(word)) return {.operation = Operation::literal, .value = value};
        }
        return {.operation = Operation::path, .path = property()};
    }

    static Expression negated(Expression condition) {
        Expression whole{.operation = Operation::negation};
        whole.operands.push_back(std::move(condition));
        return whole;
    }

    static bool is_reserved(std::string_view word) { return find_name(keywords, word) != nullptr; }

    std::vector<Token> tokens_;
    const bool only_stable_;
    std::size_t at_ = 0;
};

}  // namespace

Query parse_query(std::string_view text) {
    return Parser(text, false).query();
}

TargetCondition parse_target_condition(std::string_view text) {
    return Parser(text, true).target_condition();
}

}  // namespace emulator::hub::query
