// SPDX-License-Identifier: Apache-2.0
// Every row of the access table of docs/access.md, with processes as they are.
#include "tests/app_api/access_fixture.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace device_agent::testing {
namespace {

using config::Grant;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr auto allowed = "200 hub.example/dev/AppB\n";

auto denied() {
    return StartsWith("403 permission: ");
}

class AccessTable : public AccessFixture {
protected:
    static Grant users(std::vector<std::string> names) {
        return {.users = std::move(names), .groups = {}, .units = {}};
    }
    static Grant groups(std::vector<std::string> names) {
        return {.users = {}, .groups = std::move(names), .units = {}};
    }
    static Grant units(std::vector<std::string> names) {
        return {.users = {}, .groups = {}, .units = std::move(names)};
    }
};

TEST_F(AccessTable, User) {
    start(users({"daemon"}));
    EXPECT_EQ(call(as(daemon, daemon)), allowed);
    EXPECT_THAT(call(as(games, daemon, "1")), denied());
    EXPECT_THAT(call({"env"}), denied()) << "root is nobody here";
}

TEST_F(AccessTable, Group) {
    start(groups({"games"}));
    EXPECT_EQ(call(as(daemon, games_group)), allowed);
    EXPECT_THAT(call(as(games, daemon)), denied())
        << "what its entry in passwd says is not what it runs with";
}

TEST_F(AccessTable, SupplementaryGroup) {
    start(groups({"games"}));
    EXPECT_EQ(call(as(daemon, daemon, "5,60")), allowed);
    EXPECT_THAT(call(as(daemon, daemon, "5")), denied());
}

TEST_F(AccessTable, Unit) {
    start(units({"appb.service"}));
    EXPECT_EQ(call(as(daemon, daemon), "service"), allowed);
    EXPECT_EQ(call(as(daemon, daemon), "hybrid"), allowed);
    EXPECT_THAT(call(as(daemon, daemon), "none"), denied());
}

TEST_F(AccessTable, ListsAreAllNeeded) {
    start({.users = {"daemon"}, .groups = {"games"}, .units = {"appb.service"}});
    EXPECT_EQ(call(as(daemon, daemon, "60"), "service"), allowed);
    EXPECT_THAT(call(as(games, daemon, "60"), "service"), denied());
    EXPECT_THAT(call(as(daemon, daemon, "5"), "service"), denied());
    EXPECT_THAT(call(as(daemon, daemon, "60"), "none"), denied());
}

TEST_F(AccessTable, NamesInAListAreAlternatives) {
    start(users({"games", "daemon", "no-such-user"}));
    EXPECT_EQ(call(as(daemon, daemon)), allowed);
    EXPECT_EQ(call(as(games, daemon)), allowed);
    EXPECT_THAT(call(as(65534, daemon)), denied());
}

TEST_F(AccessTable, NoListIsNobody) {
    start({});
    EXPECT_THAT(call({"env"}), denied());
}

// The connection is its maker's, whoever holds it later.
TEST_F(AccessTable, ForkedChildOnItsParentsConnection) {
    start({.users = {"daemon"}, .groups = {}, .units = {"appb.service"}});
    EXPECT_EQ(call(as(daemon, daemon), "service", "parent"), allowed);
}

// A child is in its parent's control group; the recorded one is only the parent's.
TEST_F(AccessTable, ForkedChildOnItsOwnConnection) {
    start(users({"daemon"}));
    EXPECT_EQ(call(as(daemon, daemon), "none", "child"), allowed);
}

TEST_F(AccessTable, ForkedChildOfAUnitThatWasMovedOutOfIt) {
    start(units({"appb.service"}));
    EXPECT_THAT(call(as(daemon, daemon), "service", "child"), denied());
}

// The kernel tells the effective user at the time of connecting.
TEST_F(AccessTable, SetuidProgram) {
    ASSERT_EQ(::chown(program().c_str(), games, games_group), 0);
    ASSERT_EQ(::chmod(program().c_str(), 04755), 0);
    start(users({"games"}));
    EXPECT_EQ(call(as(daemon, daemon)), allowed) << "it runs as its owner";
    ASSERT_EQ(::chmod(program().c_str(), 0755), 0);
    EXPECT_THAT(call(as(daemon, daemon)), denied());
}

TEST_F(AccessTable, SetuidProgramIsNotItsStarter) {
    ASSERT_EQ(::chown(program().c_str(), games, games_group), 0);
    ASSERT_EQ(::chmod(program().c_str(), 04755), 0);
    start(users({"daemon"}));
    EXPECT_THAT(call(as(daemon, daemon)), denied());
}

// Both are connected before anybody looks.
class DeadCaller : public AccessTable {
protected:
    // Connects as `daemon` in appb.service and ends; its child keeps the connection.
    void connect_and_die() {
        open_socket();
        auto command = as(daemon, daemon);
        for (const auto& word : caller("die"))
            command.push_back(word);
        process = std::make_unique<CallingProcess>(command);
        pid = process->pid();
        record(pid, "service");
        process->step();
        process->join();
    }
    std::string ask() {
        process->step();
        return process->output();
    }
    std::unique_ptr<CallingProcess> process;
    pid_t pid = 0;
};

TEST_F(DeadCaller, KeepsItsUser) {
    connect_and_die();
    start(users({"daemon"}));
    EXPECT_EQ(ask(), allowed);
}

TEST_F(DeadCaller, HasNoUnit) {
    connect_and_die();
    start({.users = {"daemon"}, .groups = {}, .units = {"appb.service"}});
    EXPECT_THAT(ask(), denied());
}

TEST_F(DeadCaller, IsNotTheProcessThatGotItsPid) {
    connect_and_die();
    const CallingProcess other(caller("plain"), pid);
    ASSERT_EQ(other.pid(), pid);
    start(units({"appb.service"}));
    EXPECT_THAT(ask(), denied());
}

// The worst that is possible there: the user is right in any case.
TEST_F(DeadCaller, OnAnOldKernelMayBeTakenForTheProcessThatGotItsPidButNotByUnitAlone) {
    is_old_kernel = true;
    connect_and_die();
    const CallingProcess other(caller("plain"), pid);
    start(units({"appb.service"}));
    EXPECT_THAT(ask(), denied());
}

TEST_F(AccessTable, DynamicUser) {
    // Its name is there as long as its unit runs, and its number may be another's later.
    auto names = std::make_shared<fakes::FakeAccounts>();
    surroundings.accounts = names;
    start(users({"appb"}));
    EXPECT_THAT(call(as(61'234, 61'234)), denied());
    names->set_user("appb", 61'234);
    EXPECT_EQ(call(as(61'234, 61'234)), allowed);
    names->set_user("appb", 61'235);
    EXPECT_THAT(call(as(61'234, 61'234)), denied());
}

TEST_F(AccessTable, UnitOfThatNameInADelegatedControlGroup) {
    start(units({"appb.service"}));
    EXPECT_THAT(call(as(daemon, daemon), "delegated"), denied());
    EXPECT_THAT(call(as(daemon, daemon), "delegated"), HasSubstr("of other.service"));
}

TEST_F(AccessTable, UnitOfThatNameOfAUsersOwnManager) {
    start(units({"appb.service", "user@1000.service"}));
    EXPECT_THAT(call(as(daemon, daemon), "user-manager"), denied());
}

TEST_F(AccessTable, Container) {
    const std::string id = "6f1d2b0c9a7e4e0f8c3b5a6d7e8f90123456789abcdef0123456789abcdef012";
    start(units({"libpod-" + id + ".scope", "docker-" + id + ".scope"}));
    EXPECT_EQ(call(as(daemon, daemon), "podman"), allowed);
    EXPECT_EQ(call(as(daemon, daemon), "docker"), allowed);
}

TEST_F(AccessTable, OldKernel) {
    is_old_kernel = true;
    start(units({"appb.service"}));
    EXPECT_THAT(call(as(daemon, daemon), "service"), denied());
    EXPECT_THAT(call(as(daemon, daemon), "service"), HasSubstr("perhaps of appb.service"));
}

TEST_F(AccessTable, OldKernelWithAUserBesides) {
    is_old_kernel = true;
    start({.users = {"daemon"}, .groups = {}, .units = {"appb.service"}});
    EXPECT_EQ(call(as(daemon, daemon), "service"), allowed);
    EXPECT_THAT(call(as(games, daemon), "service"), denied());
    EXPECT_THAT(call(as(daemon, daemon), "none"), denied());
}

TEST_F(AccessTable, AnotherUserNamespace) {
    start(users({"daemon"}));
    // Root of its own namespace, and daemon for everybody else.
    auto command = as(daemon, daemon);
    for (const auto* word : {"unshare", "--user", "--map-root-user"})
        command.emplace_back(word);
    EXPECT_EQ(call(command), allowed);
}

}  // namespace
}  // namespace device_agent::testing
