// SPDX-License-Identifier: Apache-2.0
// The calls that ask once, by the C interface.
#include "device_agent/client.h"

#include "tests/client/stand_in_agent.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <gmock/gmock.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string_view>

namespace device_agent::tests {
namespace {

using testing::HasSubstr;

class ClientTest : public testing::Test {
protected:
    ~ClientTest() override { device_agent_close(client_); }

    StandInAgent& start() {
        agent_.emplace(socket());
        return *agent_;
    }
    [[nodiscard]] std::string socket() const { return (folder_.path() / "agent.sock").string(); }
    [[nodiscard]] const device_agent_client* client(const char* application = nullptr) {
        EXPECT_EQ(device_agent_open(socket().c_str(), application, &client_, &error_), DEVICE_AGENT_OK)
            << error_.message;
        return client_;
    }
    /// The code of asking for the identity.
    device_agent_code ask(int timeout_ms = 10000) {
        device_agent_identity* identity = nullptr;
        const auto code = device_agent_get_identity(client(), timeout_ms, &identity, &error_);
        EXPECT_EQ(identity == nullptr, code != DEVICE_AGENT_OK);
        EXPECT_EQ(error_.code, code);
        device_agent_free_identity(identity);
        device_agent_close(client_);
        client_ = nullptr;
        return code;
    }

    fakes::TemporaryFolder folder_;
    std::optional<StandInAgent> agent_;
    device_agent_client* client_ = nullptr;
    device_agent_error error_{};
};

TEST_F(ClientTest, TellsTheIdentityOfAModule) {
    start().provide("hub.example/press-7/AppB");
    device_agent_identity* identity = nullptr;
    ASSERT_EQ(device_agent_get_identity(client(), 10000, &identity, &error_), DEVICE_AGENT_OK)
        << error_.message;
    EXPECT_STREQ(identity->hub, "hub.example");
    EXPECT_STREQ(identity->device, "press-7");
    EXPECT_STREQ(identity->module, "AppB");
    EXPECT_EQ(identity->authentication, DEVICE_AGENT_SAS);
    device_agent_free_identity(identity);
}

TEST_F(ClientTest, TellsTheIdentityOfADeviceWithACertificate) {
    start().answer("/v1/identity", 200, "hub.example/press-7", "Device-Agent-Authentication: x509\r\n");
    device_agent_identity* identity = nullptr;
    ASSERT_EQ(device_agent_get_identity(client(), 10000, &identity, &error_), DEVICE_AGENT_OK)
        << error_.message;
    EXPECT_STREQ(identity->device, "press-7");
    EXPECT_EQ(identity->module, nullptr);
    EXPECT_EQ(identity->authentication, DEVICE_AGENT_X509);
    device_agent_free_identity(identity);
}

TEST_F(ClientTest, GivesCredentialsThatBelongTogether) {
    start().provide("hub.example/press-7/AppB");
    device_agent_credentials* credentials = nullptr;
    ASSERT_EQ(device_agent_get_credentials(client(), 120, 10000, &credentials, &error_), DEVICE_AGENT_OK)
        << error_.message;
    EXPECT_EQ(std::string(credentials->connection_string),
              "HostName=hub.example;DeviceId=press-7;ModuleId=AppB;SharedAccessSignature=" +
                  std::string(credentials->token));
    EXPECT_THAT(credentials->token, testing::StartsWith("SharedAccessSignature sr="));
    EXPECT_NEAR(static_cast<double>(credentials->expires), static_cast<double>(std::time(nullptr) + 3600),
                60);
    EXPECT_STREQ(credentials->identity->hub, "hub.example");
    EXPECT_STREQ(credentials->identity->device, "press-7");
    EXPECT_STREQ(credentials->identity->module, "AppB");
    EXPECT_EQ(credentials->certificate, nullptr);
    EXPECT_EQ(credentials->private_key, nullptr);
    device_agent_free_credentials(credentials);
    EXPECT_EQ(agent_->requests().front().target, "POST /v1/identity/connection-string");
    EXPECT_EQ(agent_->requests().front().body, R"({"expiry": 120})");
}

TEST_F(ClientTest, GivesTheFilesOfACertificate) {
    start().answer(
        "/v1/identity/connection-string", 200, "HostName=hub.example;DeviceId=press-7;x509=true\n",
        "device-agent-certificate: /etc/device.pem\r\nDevice-Agent-Private-Key:  /etc/device.key \r\n");
    device_agent_credentials* credentials = nullptr;
    ASSERT_EQ(device_agent_get_credentials(client(), 0, 10000, &credentials, &error_), DEVICE_AGENT_OK)
        << error_.message;
    EXPECT_STREQ(credentials->connection_string, "HostName=hub.example;DeviceId=press-7;x509=true");
    EXPECT_EQ(credentials->token, nullptr);
    EXPECT_EQ(credentials->expires, 0);
    EXPECT_EQ(credentials->identity->authentication, DEVICE_AGENT_X509);
    EXPECT_STREQ(credentials->certificate, "/etc/device.pem");
    EXPECT_STREQ(credentials->private_key, "/etc/device.key");
    device_agent_free_credentials(credentials);
    EXPECT_EQ(agent_->requests().front().body, "");
}

TEST_F(ClientTest, NamesTheApplicationPercentEncoded) {
    start().provide("hub.example/press-7");
    device_agent_identity* identity = nullptr;
    ASSERT_EQ(device_agent_get_identity(client("$device"), 10000, &identity, &error_), DEVICE_AGENT_OK);
    device_agent_free_identity(identity);
    EXPECT_EQ(agent_->requests().front().target, "GET /v1/identity?application=%24device");
}

TEST_F(ClientTest, ANameOrPathThatCannotBeIsAUsageError) {
    device_agent_client* made = nullptr;
    EXPECT_EQ(device_agent_open(nullptr, "", &made, &error_), DEVICE_AGENT_USAGE);
    EXPECT_EQ(device_agent_open(nullptr, std::string(129, '+').c_str(), &made, nullptr), DEVICE_AGENT_USAGE);
    EXPECT_EQ(device_agent_open(std::string(108, 'x').c_str(), nullptr, &made, &error_), DEVICE_AGENT_USAGE);
    EXPECT_THAT(error_.message, HasSubstr("107 bytes"));
    EXPECT_EQ(made, nullptr);
    EXPECT_EQ(device_agent_open(std::string(107, 'x').c_str(), std::string(128, '+').c_str(), &made, &error_),
              DEVICE_AGENT_OK);
    device_agent_close(made);
}

TEST_F(ClientTest, FindsTheSocketByTheEnvironment) {
    start().provide("hub.example/press-7/AppB");
    ::setenv("DEVICE_AGENT_SOCKET", socket().c_str(), 1);
    EXPECT_EQ(device_agent_open(nullptr, nullptr, &client_, &error_), DEVICE_AGENT_OK);
    ::unsetenv("DEVICE_AGENT_SOCKET");
    device_agent_identity* identity = nullptr;
    EXPECT_EQ(device_agent_get_identity(client_, 10000, &identity, &error_), DEVICE_AGENT_OK)
        << error_.message;
    device_agent_free_identity(identity);
}

TEST_F(ClientTest, AnAgentThatDoesNotRunIsToldAtOnceWithWhatToDo) {
    errno = EDOM;
    EXPECT_EQ(ask(), DEVICE_AGENT_NOT_RUNNING);
    EXPECT_EQ(errno, EDOM);
    EXPECT_EQ(error_.system_error, ENOENT);
    EXPECT_THAT(error_.message, HasSubstr(socket()));
    EXPECT_THAT(error_.message, HasSubstr("start it"));
}

TEST_F(ClientTest, EachRefusalHasItsCodeAndTheWordsOfTheAgent) {
    start();
    const struct {
        const char* text;
        int status;
        device_agent_code code;
    } refusals[] = {
        {"usage: an expiry of 0", 400, DEVICE_AGENT_USAGE},
        {"permission: uid 1000 (anna) is not granted AppB", 403, DEVICE_AGENT_PERMISSION},
        {"not-provisioned: AppB is not there yet", 404, DEVICE_AGENT_NOT_PROVISIONED},
        {"not-found: no such path", 404, DEVICE_AGENT_PROTOCOL},
        {"ambiguous: name one of AppB, AppC", 409, DEVICE_AGENT_AMBIGUOUS},
        {"too-many: 100 a second", 429, DEVICE_AGENT_TOO_MANY},
        {"tpm: the TPM refused", 500, DEVICE_AGENT_AGENT_FAILED},
        {"", 503, DEVICE_AGENT_AGENT_FAILED},
        {"", 302, DEVICE_AGENT_PROTOCOL},
    };
    for (const auto& [text, status, code] : refusals) {
        agent_->answer("/v1/identity", status, text, "Retry-After: 7\r\n");
        EXPECT_EQ(ask(), code) << status << " " << text;
        EXPECT_THAT(error_.message, HasSubstr(*text == '\0' ? std::to_string(status) : std::string(text)));
        EXPECT_EQ(error_.retry_after, 7U);
    }
}

TEST_F(ClientTest, AnAnswerThatComesByteByByteIsTheSame) {
    start();
    StandInAgent::Bytes bytes;
    for (const char byte : http(200, "hub.example/press-7/AppB"))
        bytes.pieces.emplace_back(1, byte);
    agent_->answer("/v1/identity", bytes);
    EXPECT_EQ(ask(), DEVICE_AGENT_OK) << error_.message;
}

TEST_F(ClientTest, AnAnswerThatIsCutOffIsNotBelieved) {
    start();
    const auto whole = http(200, "hub.example/press-7/AppB");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        agent_->answer("/v1/identity", StandInAgent::Bytes{{whole.substr(0, size)}});
        EXPECT_EQ(ask(), DEVICE_AGENT_PROTOCOL) << size;
        EXPECT_THAT(error_.message, HasSubstr("try again"));
    }
}

TEST_F(ClientTest, GarbageAndHugeAnswersAreToldInWords) {
    start();
    const std::string answers[] = {
        "\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 099 Word\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhub/device",
        "HTTP/1.1 200 OK\nContent-Length: 10\n\nhub/device",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Length: 10\r\n\r\nhub/device",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhub/device",
        "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551617\r\n\r\nhub/device",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhub/device\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: value\r\nContent-Length: 10\r\n\r\nhub/device",
        "HTTP/1.1 200 OK\r\nContent-Length: 8193\r\n\r\n" + std::string(8193, 'x'),
        "HTTP/1.1 200 OK\r\nX: " + std::string(100000, 'x'),
        std::string(100000, '\0'),
        http(200, ""),
        http(200, "hub"),
        http(200, "hub/"),
        http(200, "/device"),
        http(200, "hub/device/"),
        http(200, "hub/device/module/more"),
        http(200, "hub/dev ice"),
        http(200, std::string("hub/dev\0ice", 11)),
        http(200, "hub/" + std::string(256, 'd')),
    };
    for (const auto& bytes : answers) {
        agent_->answer("/v1/identity", StandInAgent::Bytes{{bytes}});
        EXPECT_EQ(ask(), DEVICE_AGENT_PROTOCOL) << bytes.substr(0, 100);
        EXPECT_STRNE(error_.message, "");
        for (const char c : std::string_view(error_.message))
            EXPECT_GE(c, ' ');
    }
}

TEST_F(ClientTest, AConnectionStringThatIsNoneIsNotHandedOut) {
    start();
    for (const char* text :
         {"", "HostName=hub", "HostName=hub;DeviceId=d", "HostName=hub;DeviceId=d;SharedAccessSignature=",
          "HostName=hub;DeviceId=d;SharedAccessSignature=SharedAccessSignature sr=a&sig=b",
          "HostName=hub;DeviceId=d;SharedAccessSignature=SharedAccessSignature sr=a&sig=b&se=0",
          "HostName=hub;DeviceId=d;SharedAccessSignature=SharedAccessSignature sr=a&sig=b&se=later",
          "HostName=hub;DeviceId=d;x509=perhaps", "HostName=hub;DeviceId=d;x509=true;SharedAccessSignature=x",
          "HostName=hub;DeviceId=d\n;x509=true"}) {
        agent_->answer("/v1/identity/connection-string", 200, text);
        device_agent_credentials* credentials = nullptr;
        EXPECT_EQ(device_agent_get_credentials(client(), 0, 10000, &credentials, &error_),
                  DEVICE_AGENT_PROTOCOL)
            << text;
        EXPECT_EQ(credentials, nullptr);
        device_agent_close(client_);
        client_ = nullptr;
    }
}

TEST_F(ClientTest, NoAnswerEndsWithTheTimeout) {
    start();
    agent_->answer("/v1/identity", StandInAgent::Bytes{{"HTTP/1.1 200 OK\r\nContent-"}, false});
    EXPECT_EQ(ask(20), DEVICE_AGENT_TIMED_OUT);
    EXPECT_THAT(error_.message, HasSubstr("20 ms"));
}

TEST_F(ClientTest, AMessageIsCutToItsRoomAndStaysOneLine) {
    start().answer("/v1/identity", 403, "permission: a\nb\x1b[2J" + std::string(600, 'x'));
    EXPECT_EQ(ask(), DEVICE_AGENT_PERMISSION);
    EXPECT_EQ(std::string_view(error_.message).size(), sizeof error_.message - 1);
    EXPECT_THAT(error_.message, HasSubstr("a b [2J"));
}

}  // namespace
}  // namespace device_agent::tests
