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
    record.staged_binding = Binding{"other-dps.test", "0ne2", "dev-2", "x509"};
    write_record(folder.path(), record);
    EXPECT_EQ(read_record(folder.path()), record);
}

TEST(Record, ADamagedOneIsTakenAsAbsent) {
    const fakes::TemporaryFolder folder;
    for (const char* damaged :
         {"", "{", "[]", "{}", R"({"version":2,"machine":"","createdModules":{}})", R"({"version":1})",
          R"({"version":1,"createdModules":{}})", R"({"version":1,"machine":"","createdModules":{"a":7}})",
          R"({"version":1,"machine":"","createdModules":{},"binding":{}})"}) {
        std::ofstream(folder.path() / "record.json", std::ios::trunc) << damaged;
        EXPECT_EQ(read_record(folder.path()), Record{}) << damaged;
    }
}

}  // namespace
}  // namespace device_agent::provisioning
