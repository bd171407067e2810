// SPDX-License-Identifier: Apache-2.0
#include "daemon/service_manager.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <map>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace device_agent::daemon {
namespace {

/// What systemd sets, and nothing of it afterwards.
class ServiceManagerTest : public ::testing::Test {
protected:
    ~ServiceManagerTest() override {
        for (const char* name :
             {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
            ::unsetenv(name);
    }
    static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }
    static std::string us() { return std::to_string(::getpid()); }
};

TEST_F(ServiceManagerTest, AbstractSocketsAreToldInOneDatagramAndAStatusIsOneLine) {
    const std::string name = "@device-agent-test-" + us();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, name.size());
    address.sun_path[0] = '\0';
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address),
                     static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())),
              0);
    set("NOTIFY_SOCKET", name);
    service_manager::ready("serving\nMAINPID=1");
    std::array<char, 128> buffer{};
    const auto size = ::recv(socket, buffer.data(), buffer.size(), 0);
    ::close(socket);
    EXPECT_EQ(std::string(buffer.data(), static_cast<std::size_t>(size)),
              "READY=1\nSTATUS=serving MAINPID=1");
}

TEST_F(ServiceManagerTest, WithoutSystemdNothingHappens) {
    service_manager::ready("serving");
    EXPECT_EQ(service_manager::watchdog(), std::nullopt);
    EXPECT_TRUE(service_manager::take_sockets().empty());
}

TEST_F(ServiceManagerTest, TheWatchdogIsOursOnlyIfItIsMeantForUs) {
    set("WATCHDOG_USEC", "5000000");
    EXPECT_EQ(service_manager::watchdog(), std::chrono::seconds(5));
    set("WATCHDOG_PID", us());
    EXPECT_EQ(service_manager::watchdog(), std::chrono::seconds(5));
    set("WATCHDOG_PID", "1");
    EXPECT_EQ(service_manager::watchdog(), std::nullopt);
    set("WATCHDOG_PID", us());
    for (const char* nonsense : {"", "0", "soon", "-5", "5s"}) {
        set("WATCHDOG_USEC", nonsense);
        EXPECT_EQ(service_manager::watchdog(), std::nullopt) << nonsense;
    }
}

TEST_F(ServiceManagerTest, SocketsAreTakenByTheirNamesAndOnlyOnce) {
    set("LISTEN_PID", us());
    set("LISTEN_FDS", "2");
    set("LISTEN_FDNAMES", "api:credential");
    const auto sockets = service_manager::take_sockets();
    ASSERT_EQ(sockets.size(), 2U);
    EXPECT_EQ(sockets[0].name, "api");
    EXPECT_EQ(sockets[0].descriptor, 3);
    EXPECT_EQ(sockets[1].name, "credential");
    EXPECT_EQ(sockets[1].descriptor, 4);
    EXPECT_TRUE(service_manager::take_sockets().empty());
}

TEST_F(ServiceManagerTest, SocketsOfAnotherProcessAreLeftAlone) {
    set("LISTEN_PID", "1");
    set("LISTEN_FDS", "2");
    EXPECT_TRUE(service_manager::take_sockets().empty());
}

}  // namespace
}  // namespace device_agent::daemon
