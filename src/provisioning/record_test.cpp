// SPDX-License-Identifier: Apache-2.0
#include "provisioning/record.hpp"

#include "tests/fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace device_agent::provisioning {
namespace {

TEST(Record, IsReadAsItWasWritten) {
    const fakes::TemporaryFolder folder;
    EXPECT_EQ(read_record(folder.path()), Record{});
    Record record;
    record.machine = "ek-digest";
    record.created_modules = {{"AppB", "7"}};
    write_record(folder.path(), record);
    EXPECT_EQ(read_record(folder.path()), record);
    record.binding = Binding{"dps.test", "0ne1", "dev-1", "tpm"};
    write_record(folder.path(), record);
    EXPECT_EQ(read_record(folder.path()), record);
    record.device = "hub.test/dev-1";
    record.staged_binding = Binding{"other-dps.test", "0ne2", "dev-2", "x509"};
    record.staged_device = "hub.test/dev-2";
    write_record(folder.path(), record);
    EXPECT_EQ(read_record(folder.path()), record);
}

TEST(Record, IsReadAsEarlierVersionsWroteIt) {
    const fakes::TemporaryFolder folder;
    std::ofstream(folder.path() / "record.json")
        << R"({"version":1,"machine":"ek-digest","createdModules":{"AppB":"7"},"binding":)"
           R"({"dpsUri":"dps.test","idScope":"0ne1","registrationId":"dev-1","attestation":"tpm"}})";
    EXPECT_EQ(read_record(folder.path()),
              (Record{"ek-digest", Binding{"dps.test", "0ne1", "dev-1", "tpm"}, {}, {{"AppB", "7"}}}));
}

TEST(Record, ADamagedOneIsTakenAsAbsent) {
    const fakes::TemporaryFolder folder;
    for (const char* damaged :
         {"", "{", "[]", "{}", R"({"version":2,"machine":"","createdModules":{}})", R"({"version":1})",
          R"({"version":1,"createdModules":{}})", R"({"version":1,"machine":"","createdModules":{"a":7}})",
          R"({"version":1,"machine":"","createdModules":{},"binding":{}})"}) {
        std::ofstream(folder.path() / "record.json", std::ios::trunc) << damaged;
        ::testing::internal::CaptureStderr();
        EXPECT_EQ(read_record(folder.path()), Record{}) << damaged;
        EXPECT_NE(::testing::internal::GetCapturedStderr().find("the record is damaged"), std::string::npos);
    }
}

}  // namespace
}  // namespace device_agent::provisioning
