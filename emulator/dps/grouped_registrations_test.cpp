// SPDX-License-Identifier: Apache-2.0
// Registrations with a database on the disk: their answers wait for it.
#include "emulator/sas/group_key.hpp"
#include "emulator/testing/file_size_limit.hpp"
#include "emulator/testing/temporary_folder.hpp"
#include "emulator/testing/world.hpp"
#include "foundation/encoding.hpp"

#include <gtest/gtest.h>

#include <future>

namespace emulator::dps {
namespace {

using testing::Device;

class GroupedRegistrations : public ::testing::Test {
protected:
    GroupedRegistrations() {
        world.emulator = std::make_unique<Emulator>(store::Database::open(file),
                                                    store::Database::in_memory(store::Content::telemetry),
                                                    world.instance, world.clock);
        static_cast<void>(world.emulator->record().opened("test"));
        const auto text = device_agent::base64_encode(key);
        world.enroll_group("plant", {{"type", "symmetricKey"},
                                     {"symmetricKey", {{"primaryKey", text}, {"secondaryKey", text}}}});
    }

    Device device(const std::string& id) {
        Device made(world, id);
        made.sign_with(device_agent::base64_encode(sas::derive_device_key(key, id)));
        return made;
    }

    static http::Response finished(const http::Response& response) {
        const auto made = std::make_shared<std::promise<http::Response>>();
        response.later([made](http::Response answer) { made->set_value(std::move(answer)); });
        return made->get_future().get();
    }

    http::Response registration(const std::string& id) {
        return world.send("GET", "/registrations/" + id + "?api-version=2021-10-01",
                          {{"Authorization", world.dps_token()}});
    }

    const device_agent::Bytes key = device_agent::Bytes(64, 7);
    const testing::TemporaryFolder folder;
    const std::filesystem::path file = folder.path() / "emulator.db";
    testing::World world;
};

TEST_F(GroupedRegistrations, AreAnsweredWhenTheyAreOnTheDisk) {
    const auto pending = device("press-1").put();
    ASSERT_TRUE(pending.later);
    EXPECT_EQ(finished(pending).status, 202);
    EXPECT_EQ(world.last_request().at("status"), 202);
    EXPECT_EQ(registration("press-1").status, 200);
}

TEST_F(GroupedRegistrations, AreRefusedOnAFullDiskAndNotKept) {
    {
        const testing::FileSizeLimit full(std::filesystem::file_size(file.string() + "-wal"));
        EXPECT_EQ(finished(device("press-1").put()).status, 500);
        EXPECT_EQ(world.last_request().at("status"), 500);
    }
    EXPECT_EQ(registration("press-1").status, 404);
    EXPECT_FALSE(world.has("/devices/press-1"));
    EXPECT_EQ(finished(device("press-1").put()).status, 202) << "when there is room again";
}

}  // namespace
}  // namespace emulator::dps
