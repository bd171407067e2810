// SPDX-License-Identifier: Apache-2.0
// iot-emulator enroll: from enrollment-info to an enrollment.
#include "emulator/testing/software_tpm.hpp"
#include "emulator/testing/temporary_folder.hpp"
#include "foundation/encoding.hpp"
#include "process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace emulator::testing {
namespace {

using ::testing::HasSubstr;

class EnrollCommand : public ::testing::Test {
protected:
    Finished enroll(const nlohmann::json& input, std::vector<std::string> more = {}) const {
        more.insert(more.begin(), {"enroll", "--data", folder.path().string()});
        return run_program(more, input.is_string() ? input.get<std::string>() : input.dump());
    }
    static nlohmann::json item(const std::string& id) {
        return {
            {"registrationId", id},
            {"attestation",
             {{"type", "tpm"},
              {"tpm", {{"endorsementKey", device_agent::base64_encode(software_tpm().endorsement_key())}}}}}};
    }

    TemporaryFolder folder;
    RunningEmulator running{folder.path()};
};

TEST_F(EnrollCommand, CreatesAndUpdates) {
    const auto created = enroll(nlohmann::json::array({item("a"), item("b")}));
    EXPECT_EQ(created.exit_code, 0) << created.errors;
    EXPECT_EQ(created.output,
              "enrolled a as device a at the first hub\nenrolled b as device b at the first hub\n");
    const auto updated = enroll(item("a"), {"--device-id", "press-7", "--hub", "127.0.0.1"});
    EXPECT_EQ(updated.output, "updated a as device press-7 at 127.0.0.1\n") << updated.errors;
}

TEST_F(EnrollCommand, PrintsJson) {
    const auto result = enroll(item("a"), {"--json"});
    const auto json = nlohmann::json::parse(result.output);
    ASSERT_EQ(json.size(), 1U);
    EXPECT_EQ(json.at(0).at("registrationId"), "a");
    EXPECT_EQ(json.at(0).at("created"), true);
}

TEST_F(EnrollCommand, SaysWhatIsWrongWithTheInput) {
    for (const auto& [input, complaint] : std::initializer_list<std::pair<nlohmann::json, std::string>>{
             {"", "not the output"},
             {"{", "byte 2"},
             {nlohmann::json::array(), "no enrollment"},
             {nlohmann::json::array({item("a"), 1}), "element 2"}}) {
        const auto result = enroll(input);
        EXPECT_EQ(result.exit_code, 1) << input;
        EXPECT_THAT(result.errors, HasSubstr(complaint)) << input;
    }
    auto no_key = item("a");
    no_key["attestation"]["tpm"]["endorsementKey"] = "AAAA";
    const auto refused = enroll(no_key);
    EXPECT_EQ(refused.exit_code, 5);
    EXPECT_THAT(refused.errors, HasSubstr("enrollment \"a\": attestation.tpm.endorsementKey"));
}

TEST_F(EnrollCommand, SaysWhatIsWrongWithTheOptions) {
    const auto unknown_hub = enroll(item("a"), {"--hub", "elsewhere.test"});
    EXPECT_EQ(unknown_hub.exit_code, 5);
    EXPECT_THAT(unknown_hub.errors, HasSubstr("\"elsewhere.test\" is not a linked hub"));
    const auto two = enroll(nlohmann::json::array({item("a"), item("b")}), {"--device-id", "x"});
    EXPECT_EQ(two.exit_code, 2);
    EXPECT_THAT(two.errors, HasSubstr("--device-id"));
    EXPECT_EQ(run_program({"enroll"}).exit_code, 2);
}

TEST_F(EnrollCommand, SaysThatNoEmulatorRuns) {
    ASSERT_EQ(running.stop(SIGTERM), 0);
    const auto stopped = enroll(item("a"));
    EXPECT_EQ(stopped.exit_code, 6);
    EXPECT_THAT(stopped.errors, HasSubstr("is the emulator running?"));
    const auto never = run_program({"enroll", "--data", (folder.path() / "none").string()}, item("a").dump());
    EXPECT_EQ(never.exit_code, 6);
    EXPECT_THAT(never.errors, HasSubstr("no emulator has been started"));
}

}  // namespace
}  // namespace emulator::testing
