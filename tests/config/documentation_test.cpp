// SPDX-License-Identifier: Apache-2.0
// docs/configuration.md says of each key what the specification says: a row that is missing or out of date is
// printed as it should be.
#include "config/shape.hpp"
#include "config/specification.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

namespace device_agent::config {
namespace {

std::string code(std::string_view text) {
    return '`' + std::string(text) + '`';
}

std::string default_of(const Key& key) {
    if (!key.default_json.empty()) return code(key.default_json);
    if (key.required_when) return "none; required " + std::string(key.required_when->words);
    return "none";
}

std::string row_of(const Key& key, const std::string& path) {
    std::string meaning(key.description);
    if (key.only_when) meaning += " Only " + std::string(key.only_when->words) + '.';
    return "| " + code(path) + " | " + describe(key.shape) + " | " + default_of(key) + " | " + meaning +
           " | " + code(key.example_json) + " |";
}

// The rows of all keys, and of all forms of text that they name.
void collect(const Shape& shape, const std::string& path, std::set<std::string>& keys,
             std::set<std::string>& forms) {
    if (shape.text != nullptr && !shape.text->pattern.empty()) {
        forms.insert("| " + std::string(shape.text->name) + " | " + std::string(shape.text->allowed) + " |");
    }
    for (const auto& key : shape.keys) {
        const auto key_path = path.empty() ? std::string(key.name) : path + '.' + std::string(key.name);
        keys.insert(row_of(key, key_path));
        collect(key.shape, key_path, keys, forms);
    }
    for (const auto& value : shape.values)
        collect(value, path + ".NAME", keys, forms);
}

class Documentation : public ::testing::Test {
protected:
    Documentation() {
        std::ifstream page{CONFIG_PAGE};
        for (std::string line; std::getline(page, line);)
            lines.insert(line);
        collect(specification(), "", keys, forms);
    }

    std::set<std::string> lines;
    std::set<std::string> keys;
    std::set<std::string> forms;
};

TEST_F(Documentation, DescribesEveryKey) {
    for (const auto& row : keys)
        EXPECT_TRUE(lines.contains(row)) << "docs/configuration.md lacks this row:\n" << row;
}

TEST_F(Documentation, DescribesEveryFormOfText) {
    for (const auto& row : forms)
        EXPECT_TRUE(lines.contains(row)) << "docs/configuration.md lacks this row:\n" << row;
}

TEST_F(Documentation, DescribesNoKeyThatThereIsNot) {
    for (const auto& line : lines) {
        if (line.starts_with("| `")) {
            EXPECT_TRUE(keys.contains(line)) << "docs/configuration.md has a row of its own:\n" << line;
        }
    }
}

}  // namespace
}  // namespace device_agent::config
