// SPDX-License-Identifier: Apache-2.0
// iot-emulator enroll: from enrollment-info to an enrollment.
#include "emulator/testing/certificates.hpp"
#include "emulator/testing/software_tpm.hpp"
#include "emulator/testing/temporary_folder.hpp"
#include "foundation/durable_file.hpp"
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

TEST_F(EnrollCommand, TakesEachKindOfAttestation) {
    const auto certificate = self_signed("c").pem();
    const nlohmann::json by_certificate{
        {"registrationId", "c"},
        {"attestation",
         {{"type", "x509"},
          {"x509", {{"clientCertificates", {{"primary", {{"certificate", certificate}}}}}}}}}};
    const nlohmann::json in_short{
        {"registrationId", "d"}, {"attestation", "x509"}, {"certificate", certificate}};
    EXPECT_EQ(enroll(nlohmann::json::array({item("a"), by_certificate, in_short})).output,
              "enrolled a as device a at the first hub\nenrolled c as device c at the first hub\n"
              "enrolled d as device d at the first hub\n");

    const nlohmann::json by_key{{"registrationId", "k"}, {"attestation", {{"type", "symmetricKey"}}}};
    const auto key_file = folder.path() / "keys" / "k.key";
    const auto made = enroll(by_key);
    EXPECT_EQ(made.output,
              "enrolled k as device k at the first hub\nits key is in " + key_file.string() + "\n")
        << made.errors;
    const auto key = device_agent::read_file(key_file).value();
    EXPECT_EQ(key.size(), 45U);
    EXPECT_EQ(std::filesystem::status(key_file).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    std::filesystem::remove(key_file);
    EXPECT_EQ(enroll(by_key, {"--hub", "127.0.0.1"}).exit_code, 0);
    EXPECT_EQ(device_agent::read_file(key_file), key) << "an enrolled device keeps its key";

    const auto given = folder.path() / "given.key";
    device_agent::write_durably(given, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n");
    const auto with_key = enroll(by_key, {"--key-file", given.string()});
    EXPECT_EQ(with_key.output, "updated k as device k at the first hub\n") << with_key.errors;
    EXPECT_EQ(enroll(item("a"), {"--key-file", given.string()}).exit_code, 2);
    EXPECT_EQ(enroll(by_key, {"--key-file", "/none"}).exit_code, 2);
    EXPECT_EQ(enroll(by_key, {"--ca-file", given.string()}).exit_code, 2);
}

TEST_F(EnrollCommand, MakesGroups) {
    const auto by_key = enroll("", {"--group", "fleet"});
    EXPECT_EQ(by_key.output, "enrolled group fleet at the first hub\nits key is in " +
                                 (folder.path() / "keys" / "fleet.key").string() + "\n")
        << by_key.errors;
    const auto authority = folder.path() / "factory.pem";
    device_agent::write_durably(authority, self_signed("factory", {.authority = true}).pem());
    const auto by_authority =
        enroll("", {"--group", "made", "--ca-file", authority.string(), "--hub", "127.0.0.1"});
    EXPECT_EQ(by_authority.output, "enrolled group made at 127.0.0.1\n") << by_authority.errors;

    const nlohmann::json keyed{{"registrationId", "k"}, {"attestation", {{"type", "symmetricKey"}}}};
    EXPECT_EQ(enroll(keyed, {"--group", "fleet"}).exit_code, 0);
    EXPECT_EQ(enroll(keyed, {"--group", "made", "--ca-file", authority.string()}).exit_code, 2);
    const auto tpm = enroll(item("a"), {"--group", "fleet"});
    EXPECT_EQ(tpm.exit_code, 2);
    EXPECT_THAT(tpm.errors, HasSubstr("individually"));
    EXPECT_EQ(enroll("", {"--group", "fleet", "--device-id", "x"}).exit_code, 2);
    const auto leaf = folder.path() / "leaf.pem";
    device_agent::write_durably(leaf, self_signed("leaf").pem());
    const auto refused = enroll("", {"--group", "made", "--ca-file", leaf.string()});
    EXPECT_EQ(refused.exit_code, 5);
    EXPECT_THAT(refused.errors, HasSubstr("not one of an authority"));
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
