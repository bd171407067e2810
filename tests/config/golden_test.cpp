// SPDX-License-Identifier: Apache-2.0
// Each wrong file of wrong/ and what is said about it, word for word.
#include "config/config.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace device_agent::config {
namespace {

namespace fs = std::filesystem;

const fs::path cases = fs::path(CONFIG_TESTS) / "wrong";

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

class WrongConfiguration : public ::testing::TestWithParam<std::string> {
protected:
    fakes::TemporaryFolder folder;
};

TEST_P(WrongConfiguration, IsToldWordForWord) {
    // A copy that nobody else can read: what a file's mode does is another test's.
    const auto file = folder.path() / (GetParam() + ".json");
    fs::copy_file(cases / file.filename(), file);
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    try {
        static_cast<void>(load(file));
        FAIL() << "accepted";
    } catch (const ConfigurationError& error) {
        EXPECT_EQ(error.code(), ErrorCode::configuration);
        std::string told;
        for (auto problem : error.problems()) {
            problem.file = fs::path(problem.file).filename();
            told += render(problem) + '\n';
        }
        EXPECT_EQ(told, content_of(cases / (GetParam() + ".expected")));
    }
}

INSTANTIATE_TEST_SUITE_P(Golden, WrongConfiguration, ::testing::ValuesIn(case_names()),
                         [](const auto& test) { return test.param; });

TEST(WrongConfigurations, AreAtLeastForty) {
    EXPECT_GE(case_names().size(), 40U);
}

}  // namespace
}  // namespace device_agent::config
