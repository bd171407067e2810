// SPDX-License-Identifier: Apache-2.0
#include "emulator/instance/data_directory.hpp"

#include "emulator/instance/description.hpp"
#include "emulator/testing/temporary_folder.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace emulator::instance {
namespace {

using device_agent::Error;
using device_agent::WallTime;
using ::testing::HasSubstr;

const WallTime now{std::chrono::seconds{1'800'000'000}};

class DataFolder : public ::testing::Test {
protected:
    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "new" / "data"; }
    [[nodiscard]] unsigned mode_of(const char* name) const {
        struct stat facts {};
        EXPECT_EQ(::stat((path() / name).c_str(), &facts), 0) << name;
        return facts.st_mode & 0777U;
    }

    emulator::testing::TemporaryFolder folder_;
};

std::string message_of(const std::function<void()>& action) {
    try {
        action();
        return "";
    } catch (const Error& error) {
        return error.what();
    }
}

TEST_F(DataFolder, IsItsOwnersAloneWithOrWithoutASlashAtTheEnd) {
    const DataDirectory directory(path() / "");
    EXPECT_EQ(directory.path(), path());
    EXPECT_EQ(mode_of("."), 0700U);
}

TEST_F(DataFolder, KeepsWhoItIs) {
    Instance first;
    {
        const DataDirectory directory(path());
        first = directory.load_or_create({}, now);
        static_cast<void>(directory.server_certificate(first, now));
    }
    const DataDirectory directory(path());
    const auto again = directory.load_or_create({}, now);
    EXPECT_EQ(again.id_scope, first.id_scope);
    EXPECT_EQ(again.control_token, first.control_token);
    EXPECT_EQ(again.hubs, (std::vector<std::string>{"localhost", "127.0.0.1"}));
    EXPECT_EQ(again.hub_policies, first.hub_policies);
    EXPECT_EQ(again.dps_policies, first.dps_policies);
    EXPECT_EQ(again.hub_policies.at("localhost").size(), 5U);
}

TEST_F(DataFolder, KeysAreForTheOwnerAlone) {
    const DataDirectory directory(path());
    const auto instance = directory.load_or_create({}, now);
    write_description(path(), describe(instance, directory.ca_file(), 8443, 8883));
    for (const auto* name : {"ca.key", "server.key", "instance.json", "emulator.json"}) {
        EXPECT_EQ(mode_of(name), 0600U) << name;
    }
    EXPECT_EQ(mode_of("ca.pem"), 0644U);
    EXPECT_EQ(mode_of("."), 0700U);
}

TEST_F(DataFolder, IsForOneEmulatorAtATime) {
    const DataDirectory directory(path());
    EXPECT_THAT(message_of([&] { const DataDirectory second(path()); }),
                HasSubstr("another emulator is running"));
}

TEST_F(DataFolder, OtherHubsNeedAnotherFolder) {
    {
        const DataDirectory directory(path());
        static_cast<void>(directory.load_or_create({"a.test", "b.test"}, now));
    }
    const DataDirectory directory(path());
    EXPECT_THAT(message_of([&] {
                    static_cast<void>(directory.load_or_create({"a.test", "c.test"}, now));
                }),
                HasSubstr("covers the hubs a.test, b.test, and not \"c.test\""));
    const auto fewer = directory.load_or_create({"b.test"}, now);
    EXPECT_EQ(fewer.hubs, std::vector<std::string>{"b.test"});
    EXPECT_EQ(fewer.hub_policies.size(), 1U);
    EXPECT_EQ(directory.load_or_create({}, now).hubs.size(), 2U) << "nothing was forgotten";
}

TEST_F(DataFolder, RenewsTheServersCertificateInItsLastMonth) {
    const DataDirectory directory(path());
    const auto instance = directory.load_or_create({}, now);
    const auto first = directory.server_certificate(instance, now);
    const auto at = [&](int day) {
        return directory.server_certificate(instance, now + std::chrono::days{day}).certificate;
    };
    EXPECT_EQ(at(366), first.certificate);
    const auto renewed = at(368);
    EXPECT_NE(renewed, first.certificate);
    EXPECT_EQ(at(369), renewed);
}

TEST_F(DataFolder, RenewsTheServersCertificateAnewWhereThatWasCutOff) {
    const DataDirectory directory(path());
    const auto instance = directory.load_or_create({}, now);
    const auto before = directory.server_certificate(instance, now);
    const auto key_file = path() / "server.key";
    device_agent::write_durably(key_file, certificates::make_authority(now).private_key.view());
    const auto renewed = directory.server_certificate(instance, now);
    EXPECT_NE(renewed.certificate, before.certificate);
    EXPECT_TRUE(certificates::is_pair(renewed));
    EXPECT_EQ(directory.server_certificate(instance, now).certificate, renewed.certificate);
}

TEST_F(DataFolder, BeginsAnewWhereTheFirstStartWasCutOff) {
    const DataDirectory directory(path());
    static_cast<void>(directory.load_or_create({}, now));
    std::filesystem::remove(path() / "instance.json");
    std::filesystem::remove(path() / "server.key");
    const auto instance = directory.load_or_create({}, now);
    EXPECT_NO_THROW(static_cast<void>(directory.server_certificate(instance, now)));
}

TEST_F(DataFolder, SaysWhatIsDamaged) {
    const DataDirectory directory(path());
    const auto instance = directory.load_or_create({}, now);
    std::filesystem::remove(path() / "server.key");
    EXPECT_THAT(message_of([&] { static_cast<void>(directory.server_certificate(instance, now)); }),
                HasSubstr("certificate server is missing"));
    device_agent::write_durably(path() / "instance.json", "{}");
    EXPECT_THAT(message_of([&] { static_cast<void>(directory.load_or_create({}, now)); }),
                HasSubstr("damaged"));
}

TEST_F(DataFolder, DescribesTheEmulatorForItsClients) {
    const DataDirectory directory(path());
    const auto instance = directory.load_or_create({}, now);
    EXPECT_FALSE(read_description(path()));
    write_description(path(), describe(instance, directory.ca_file(), 8443, 8883));
    const auto read = read_description(path()).value();
    EXPECT_EQ(read.dps_uri, "localhost:8443");
    EXPECT_EQ(read.control_url, "https://localhost:8443/_emulator");
    EXPECT_EQ(read.ca_file, (path() / "ca.pem").string());
    EXPECT_EQ(read.https_port, 8443);
    EXPECT_EQ(read.hubs, instance.hubs);
    const std::string key(instance.hub_policies.at("127.0.0.1").at("iothubowner").view());
    EXPECT_EQ(read.hub_service_connection_strings.at("127.0.0.1"),
              "HostName=127.0.0.1;SharedAccessKeyName=iothubowner;SharedAccessKey=" + key);
    device_agent::write_durably(path() / "emulator.json", "{\"hubs\": 1}");
    EXPECT_THROW(static_cast<void>(read_description(path())), Error);
}

}  // namespace
}  // namespace emulator::instance
