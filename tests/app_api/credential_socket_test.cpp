// SPDX-License-Identifier: Apache-2.0
// The socket for LoadCredential=, read as systemd reads it.
#include "tests/app_api/api_fixture.hpp"

#include <gmock/gmock.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sys/socket.h>
#include <sys/un.h>

namespace device_agent::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::size_t most_that_systemd_takes = 1UL << 20U;

class CredentialSocket : public ApiFixture {
protected:
    // Connects from an address of that name (after the NUL), and reads nothing yet.
    UnixHttpClient connect_as(const std::string& name) {
        const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un own{.sun_family = AF_UNIX, .sun_path = {}};
        name.copy(own.sun_path + 1, name.size());
        if (!name.empty()) {
            EXPECT_EQ(::bind(descriptor, reinterpret_cast<const sockaddr*>(&own),
                             static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())),
                      0)
                << std::strerror(errno);
        }
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        credential_socket().string().copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        return UnixHttpClient(descriptor);
    }
    // As systemd does: closes its own half, and reads to the end.
    std::string load(const std::string& unit, const std::string& name = "iot") {
        auto client = connect_as(address(unit, name));
        ::shutdown(client.descriptor(), SHUT_WR);
        return client.read_to_end();
    }
    // Unique, since abstract names are those of the whole system.
    std::string address(const std::string& unit, const std::string& name) {
        return std::to_string(::getpid()) + "0" + std::to_string(++count_) + "/unit/" + unit + '/' + name;
    }
    static void expect_refused(const std::string& credential, const std::string& reason) {
        EXPECT_GT(credential.size(), most_that_systemd_takes) << "systemd would start the unit";
        EXPECT_THAT(credential.substr(0, 300), HasSubstr(reason));
    }

private:
    int count_ = 0;
};

TEST_F(CredentialSocket, GivesAUnitItsConnectionString) {
    grant("AppA", {.users = {}, .groups = {}, .units = {"a.service"}});
    provision("AppA", 2);
    view.max_token_life = std::chrono::seconds(7200);
    start();
    const auto text = load("a.service");
    EXPECT_THAT(text, StartsWith("HostName=hub.example;DeviceId=dev;ModuleId=AppA;SharedAccessSignature="));
    const auto expires = std::stol(text.substr(text.find("&se=") + 4));
    EXPECT_GE(expires, std::time(nullptr) + 7100) << "as long as any may live";
    EXPECT_LE(expires, std::time(nullptr) + 7200);
}

TEST_F(CredentialSocket, RefusesSoThatTheUnitDoesNotStart) {
    grant("AppA", {.users = {}, .groups = {}, .units = {"a.service"}});
    grant("AppB", {.users = {"me"}, .groups = {}, .units = {"b.service"}});
    provision("AppA", 2);
    provision("AppB", 3);
    start();
    expect_refused(load("x.service"), "no identity is granted to the unit");
    expect_refused(load("b.service"), "wants a user or group besides");
    expect_refused(connect_as("").read_to_end(), "named no unit");
    expect_refused(connect_as(address("a.scope", "x")).read_to_end(), "named no unit");
    EXPECT_EQ(tokens.asked(), 0U);
}

TEST_F(CredentialSocket, BelievesNobodyButSystemd) {
    grant("AppA", {.users = {}, .groups = {}, .units = {"a.service"}});
    provision("AppA", 2);
    system_uid = ::getuid() + 1;
    start();
    expect_refused(load("a.service"), "only systemd may ask");
}

// Root of a container can give its socket any name.
TEST_F(CredentialSocket, GivesAUnitNoCredentialOfAnother) {
    grant("AppA", {.users = {}, .groups = {}, .units = {"a.service"}});
    provision("AppA", 2);
    const auto process = folder.path() / "proc" / std::to_string(::getpid());
    std::filesystem::create_directories(process);
    std::ofstream(process / "cgroup") << "0::/system.slice/docker-1f2e.scope\n";
    surroundings.proc = folder.path() / "proc";
    start();
    expect_refused(load("a.service"), "runs in docker-1f2e.scope");
    EXPECT_EQ(tokens.asked(), 0U);
}

TEST_F(CredentialSocket, WaitsForTheIdentity) {
    grant("AppA", {.users = {}, .groups = {}, .units = {"a.service"}});
    start();
    auto client = connect_as(address("a.service", "iot"));
    ::shutdown(client.descriptor(), SHUT_WR);
    provision("AppA", 2);
    serve();
    EXPECT_THAT(client.read_to_end(), StartsWith("HostName=hub.example"));
}

TEST_F(CredentialSocket, DoesNotWaitForEver) {
    grant("AppA", {.users = {}, .groups = {}, .units = {"a.service"}});
    surroundings.limits.credential_wait = std::chrono::milliseconds(50);
    start();
    expect_refused(load("a.service"), "is not there yet");
}

TEST_F(CredentialSocket, SaysWhatSigningFailedBy) {
    grant("AppA", {.users = {}, .groups = {}, .units = {"a.service"}});
    provision("AppA", 2);
    tokens.fail_with(std::make_exception_ptr(Error(ErrorCode::tpm, "the TPM is out of order")));
    start();
    expect_refused(load("a.service"), "the TPM is out of order");
}

}  // namespace
}  // namespace device_agent::testing
