// SPDX-License-Identifier: Apache-2.0
// Each wrong manifest of wrong/ and what is said about it, word for word; and the schema of manifests.
#include "image/declaration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace device_agent::image {
namespace {

namespace fs = std::filesystem;

const fs::path cases = fs::path(IMAGE_TESTS) / "wrong";

std::vector<std::string> case_names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(cases)) {
        if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string content_of(const fs::path& file) {
    std::ifstream stream(file);
    EXPECT_TRUE(stream) << file;
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

class WrongManifest : public ::testing::TestWithParam<std::string> {};

TEST_P(WrongManifest, IsToldWordForWord) {
    const auto name = GetParam() + ".json";
    std::vector<config::Problem> problems;
    EXPECT_FALSE(parse_manifest(name, content_of(cases / name), problems));
    std::string told;
    for (const auto& problem : problems) {
        EXPECT_GT(problem.line, 0U);
        EXPECT_FALSE(problem.remedy.empty());
        told += render(problem) + '\n';
    }
    EXPECT_EQ(told, content_of(cases / (GetParam() + ".expected")));
}

INSTANTIATE_TEST_SUITE_P(Golden, WrongManifest, ::testing::ValuesIn(case_names()),
                         [](const auto& test) { return test.param; });

TEST(ManifestSchema, IsTheFileThatIsKept) {
    EXPECT_EQ(manifest_schema(), content_of(IMAGE_SCHEMA))
        << "run device-agent-image schema > docs/manifest.schema.json";
}

}  // namespace
}  // namespace device_agent::image
