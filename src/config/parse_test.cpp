// SPDX-License-Identifier: Apache-2.0
#include "config/parse.hpp"

#include <gtest/gtest.h>

namespace device_agent::config {
namespace {

struct Parsed {
    std::optional<Node> root;
    std::vector<Problem> problems;
};

Parsed parsed(std::string_view text) {
    Parsed result;
    result.root = parse("f.json", text, result.problems);
    return result;
}

std::string told(std::string_view text) {
    std::string all;
    for (const auto& problem : parsed(text).problems)
        all += render(problem) + '\n';
    return all;
}

testing::AssertionResult stands_at(const Node* node, unsigned line, unsigned column) {
    if (node == nullptr) return testing::AssertionFailure() << "no such value";
    if (node->place.line == line && node->place.column == column) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "stands at " << node->place.line << ':' << node->place.column;
}

TEST(Parse, KnowsWhereEachValueStands) {
    const auto [root, problems] = parsed(
        "/* one\n * two */ { // three\n"
        "  \"text\" : \"a\\\"}]/*\" ,\n"
        "\t\"list\": [1, -2.5e3,\n true, null, {\"deep\": []}], // [\r\n"
        "  \"größe\": /* ü */ 7\n}\n");
    ASSERT_TRUE(root) << problems.size();
    EXPECT_TRUE(stands_at(&*root, 2, 11));
    EXPECT_TRUE(stands_at(root->find("text"), 3, 12));
    EXPECT_EQ(root->find("text")->text, "a\"}]/*");
    const Node* list = root->find("list");
    EXPECT_TRUE(stands_at(list, 4, 10));
    ASSERT_EQ(list->elements.size(), 5U);
    EXPECT_TRUE(stands_at(&list->elements[1], 4, 14));
    EXPECT_TRUE(stands_at(&list->elements[2], 5, 2));
    EXPECT_TRUE(stands_at(&list->elements[3], 5, 8));
    EXPECT_TRUE(stands_at(list->elements[4].find("deep"), 5, 23));
    EXPECT_TRUE(stands_at(root->find("größe"), 6, 20)) << "columns count characters";
    EXPECT_EQ(root->members[2].place.column, 3U);
}

TEST(Parse, CountsLinesInsideAString) {
    // Inside a string a line break is an escape: what follows on the line keeps its place.
    const auto [root, problems] = parsed(R"({"a": "x\ny", "b": 1})");
    ASSERT_TRUE(root);
    EXPECT_TRUE(stands_at(root->find("b"), 1, 20));
}

TEST(Parse, TellsWholeNumbersFromOthers) {
    const auto [root, problems] = parsed(
        "[1, 1.0, 1e2, -0, 1.5, 9223372036854775807, 9223372036854775808, 18446744073709551616, 1e300]");
    ASSERT_TRUE(root);
    const std::vector<std::optional<std::int64_t>> expected{
        1, 1, 100, 0, std::nullopt, 9223372036854775807, std::nullopt, std::nullopt, std::nullopt};
    ASSERT_EQ(root->elements.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_EQ(root->elements[i].integer, expected[i]) << i;
}

TEST(Parse, PassesOverAByteOrderMark) {
    const auto [root, problems] = parsed("\xef\xbb\xbf{\"a\": 1}");
    ASSERT_TRUE(root);
    EXPECT_TRUE(stands_at(root->find("a"), 1, 7));
}

TEST(Parse, RefusesBytesThatAreNoText) {
    using namespace std::string_view_literals;
    EXPECT_EQ(told("{\"a\": 1}\n\0{"sv),
              "f.json:2:1: a NUL byte stands here. Save the file as plain UTF-8 text.\n");
    EXPECT_EQ(told("{\"a\": \"\xff\"}"),
              "f.json:1:8: the bytes here are not UTF-8. Save the file as UTF-8.\n");
    EXPECT_EQ(told("// \xc3(\n{}"), "f.json:1:4: the bytes here are not UTF-8. Save the file as UTF-8.\n");
    EXPECT_NE(told("{\"a\": \"\xed\xa0\x80\"}"), "") << "a surrogate in UTF-8";
    EXPECT_NE(told("{\"a\": \"\xc0\x80\"}"), "") << "an overlong form";
    EXPECT_NE(told("{\"a\": \"\\ud800\"}"), "") << "half a pair of surrogates";
}

TEST(Parse, RefusesWhatIsTooLargeOrTooDeep) {
    EXPECT_TRUE(parsed("[\"" + std::string(largest_file - 4, 'x') + "\"]").root);
    const auto large = parsed("[\"" + std::string(largest_file - 3, 'x') + "\"]");
    EXPECT_FALSE(large.root);
    ASSERT_EQ(large.problems.size(), 1U);
    EXPECT_EQ(large.problems[0].line, 0U) << "it is about the file";

    EXPECT_TRUE(parsed(std::string(deepest_nesting, '[') + std::string(deepest_nesting, ']')).root);
    EXPECT_FALSE(parsed(std::string(deepest_nesting + 1, '[') + std::string(deepest_nesting + 1, ']')).root);
    EXPECT_FALSE(parsed(std::string(largest_file, '[')).root);
}

TEST(Parse, TellsEveryDuplicateAndKeepsTheFirst) {
    const auto [root, problems] = parsed("{\"a\": 1, \"b\": [0, {\"c\": 1, \"c\": 2}],\n\"a\": 2, \"a\": 3}");
    ASSERT_TRUE(root);
    EXPECT_EQ(root->find("a")->integer, 1);
    ASSERT_EQ(problems.size(), 3U);
    EXPECT_EQ(problems[0].key, "b[1].c");
    EXPECT_EQ(problems[1].key, "a");
    EXPECT_EQ(problems[2].line, 2U);
    EXPECT_EQ(problems[2].column, 9U);
}

TEST(Parse, QuotesNoStringInAMessage) {
    // A secret that lost its colon or its comma must not come out in the log.
    EXPECT_EQ(told("{\"connectionString\" \"SharedAccessKey=hush\"}").find("hush"), std::string::npos);
    EXPECT_EQ(told("{\"a\": 1 \"hush\": 2}").find("hush"), std::string::npos);
}

TEST(Merge, JoinsObjectsAndReplacesTheRest) {
    auto [base, none] = parsed(R"({"a": {"x": 1, "y": [1, 2]}, "b": 1, "c": {"z": 1}})");
    auto [over, nothing] = parsed("{\n\"a\": {\"y\": [3], \"w\": 2},\n\"c\": 5, \"d\": {}}");
    merge(*base, *over);
    EXPECT_EQ(to_json(*base), R"({"a":{"x":1,"y":[3],"w":2},"b":1,"c":5,"d":{}})");
    EXPECT_EQ(base->find("a")->place.line, 1U);
    EXPECT_EQ(base->find("a")->find("y")->place.line, 2U);
}

}  // namespace
}  // namespace device_agent::config
