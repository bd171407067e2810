// SPDX-License-Identifier: Apache-2.0
// What is made from the specification: the sample and the effective configuration. (The JSON schema is judged
// by an independent validator in tests/config.)
#include "config/config.hpp"
#include "config/parse.hpp"
#include "config/specification.hpp"
#include "config/text.hpp"
#include "config/validate.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <regex>

namespace device_agent::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Configuration load_text(const std::string& content) {
    const fakes::TemporaryFolder folder;
    const auto file = folder.path() / "device-agent.json";
    std::ofstream(file) << content;
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    return load(file);
}

TEST(Example, Loads) {
    const auto configuration = load_text(example());
    EXPECT_THAT(configuration.warnings, IsEmpty());
    EXPECT_EQ(configuration.agent_module_id, "dmModule");
}

TEST(Example, ShowsEveryKeyWithItsDescription) {
    const auto text = example();
    for (const auto& key : specification().keys) {
        EXPECT_THAT(text, HasSubstr('"' + std::string(key.name) + "\": ")) << key.name;
        EXPECT_FALSE(key.description.empty()) << key.name;
    }
}

TEST(Example, IsStillJsonWithAnyOfItsLinesSetFree) {
    const auto text = example();
    const std::regex commented("// (\"[A-Za-z]+\": .*,)\n");
    int count = 0;
    for (std::sregex_iterator match(text.begin(), text.end(), commented), end; match != end;
         ++match, ++count) {
        const auto whole = text.substr(0, static_cast<std::size_t>(match->position())) + match->str(1) +
                           '\n' + text.substr(static_cast<std::size_t>(match->position() + match->length()));
        std::vector<Problem> problems;
        EXPECT_TRUE(parse("example", whole, problems)) << match->str() << render(problems.at(0));
    }
    EXPECT_GT(count, 20);
}

// Calls visit(key, path) for each key at every depth.
void for_each_key(const Shape& shape, const std::string& path,
                  const std::function<void(const Key&, const std::string&)>& visit) {
    for (const auto& key : shape.keys) {
        const auto key_path = join_key(path, key.name);
        visit(key, key_path);
        for_each_key(key.shape, key_path, visit);
    }
    for (const auto& value : shape.values)
        for_each_key(value, join_key(path, "$device"), visit);
}

TEST(Specification, HasDefaultsAndExamplesThatItTakesItself) {
    for_each_key(specification(), "", [](const Key& key, const std::string& path) {
        for (const auto json : {key.default_json, key.example_json}) {
            if (json.empty()) continue;
            // The key alone, at its place, in a document that is told only of what it lacks.
            auto document = nlohmann::json::object();
            document[nlohmann::json::json_pointer('/' + std::regex_replace(path, std::regex("[.]"), "/"))] =
                nlohmann::json::parse(json);
            Findings findings;
            auto root = parse("example", document.dump(), findings.problems);
            ASSERT_TRUE(root);
            validate(*root, findings);
            for (const auto& problem : findings.problems) {
                EXPECT_THAT(problem.reason,
                            testing::AnyOf(HasSubstr("is missing"), HasSubstr("has a meaning only")))
                    << path << ' ' << json;
            }
        }
    });
}

TEST(Show, PrintsTheDefaultsAndIsItselfAConfiguration) {
    const auto configuration =
        load_text(R"({"dpsScopeId": "s", "otherModuleIds": {"B": 2}, "tpm": {"persistentSlots": 3}})");
    const auto shown = nlohmann::json::parse(show(configuration));
    EXPECT_EQ(shown["dmModuleId"], "WindowsIoTDM");
    EXPECT_EQ(shown["otherModuleIds"]["B"], 2);
    EXPECT_EQ(shown["tpm"]["persistentSlots"], 3);
    EXPECT_EQ(shown["tpm"]["keyHandleBase"], "0x81000100");
    EXPECT_EQ(shown["attestation"]["type"], "tpm");
    EXPECT_FALSE(shown["attestation"].contains("group")) << "it has no meaning here";
    EXPECT_EQ(shown["administrators"]["users"][0], "root");
    EXPECT_EQ(show(load_text(show(configuration))), show(configuration));
}

TEST(Show, KeepsSecretsToItself) {
    const auto configuration =
        load_text(R"({"connectionString": "HostName=h;DeviceId=d;SharedAccessKey=aHVzaC1odXNo"})");
    EXPECT_THAT(show(configuration),
                AllOf(HasSubstr("\"connectionString\": \"(redacted)\""), Not(HasSubstr("aHVz"))));
    EXPECT_THAT(show(load_text(R"({"dpsScopeId": "s"})")), HasSubstr("\"connectionString\": \"\""));
}

}  // namespace
}  // namespace device_agent::config
