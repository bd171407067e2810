// SPDX-License-Identifier: Apache-2.0
#include "emulator/format_error.hpp"
#include "emulator/hub/query/parser.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

namespace query = emulator::hub::query;

class Twin final : public query::Subject {
public:
    [[nodiscard]] const nlohmann::json* find(const query::Path& path) const override {
        return query::descend(document_, path, 0);
    }

private:
    const nlohmann::json document_ = nlohmann::json::parse(
        R"({"deviceId": "d", "tags": {"a": 1, "b": "x"}, "properties": {"reported": {"c": true}, "desired": {}}})");
};

}  // namespace

// Whatever a back end sends as a query or a target condition is understood or refused by name. What is
// understood has an answer about a twin, and "NOT (x)" answers the opposite.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Twin twin;
    const std::string text(data, data + size);
    try {
        const auto parsed = query::parse_query(text);
        if (parsed.where) (void)query::evaluate(*parsed.where, twin);
    } catch (const emulator::FormatError&) {
    }
    try {
        const auto target = query::parse_target_condition(text);
        if (!target.where) return 0;
        const auto answer = query::evaluate(*target.where, twin);
        query::Expression opposite{.operation = query::Operation::negation};
        opposite.operands.push_back(*target.where);
        const auto negated = query::evaluate(opposite, twin);
        if (answer.has_value() != negated.has_value() || (answer && *answer == *negated)) std::abort();
    } catch (const emulator::FormatError&) {
    }
    return 0;
}
