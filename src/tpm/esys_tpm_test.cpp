// SPDX-License-Identifier: Apache-2.0
// Reaching a TPM, and what is found in it.
#include "tests/fakes/fake_clock.hpp"
#include "tests/support/esys_tpm_fixture.hpp"
#include "tpm/connection.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace device_agent::tpm {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Error failure_to_open(const std::string& tcti) {
    try {
        SystemClock clock;
        static_cast<void>(open({.tcti = tcti}, clock));
    } catch (const Error& error) {
        return error;
    }
    return {ErrorCode::internal, "it was opened"};
}

TEST(Opening, AMissingTpmIsNamed) {
    ::testing::internal::CaptureStderr();
    const Error device = failure_to_open("device:/nonexistent/tpmrm0");
    EXPECT_EQ(device.code(), ErrorCode::tpm);
    EXPECT_THAT(device.what(),
                StartsWith("there is no TPM at /nonexistent/tpmrm0: No such file or directory"));
    const Error socket = failure_to_open("swtpm:path=/nonexistent/socket");
    EXPECT_EQ(socket.code(), ErrorCode::tpm);
    EXPECT_THAT(socket.what(),
                StartsWith("there is no TPM at /nonexistent/socket: No such file or directory"));
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "") << "the TSS is silent";
}

TEST(Opening, AnUnknownTctiIsNamed) {
    const Error error = failure_to_open("nonsense:x");
    EXPECT_EQ(error.code(), ErrorCode::tpm);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("\"nonsense:x\""), HasSubstr("check tpm.tcti")));
}

TEST(Opening, ADeviceThatIsNotOursIsAMatterOfPermission) {
    const std::filesystem::path device =
        std::filesystem::temp_directory_path() / ("tpm-" + std::to_string(::getpid()));
    std::ofstream(device).close();
    std::filesystem::permissions(device, std::filesystem::perms::none);
    // Root may open everything.
    constexpr uid_t nobody = 65534;
    const bool is_root = ::geteuid() == 0;
    if (is_root) {
        ASSERT_EQ(::seteuid(nobody), 0);
    }
    const Error error = failure_to_open("device:" + device.string());
    if (is_root) {
        ASSERT_EQ(::seteuid(0), 0);
    }
    std::filesystem::remove(device);
    EXPECT_EQ(error.code(), ErrorCode::permission);
    EXPECT_THAT(error.what(),
                StartsWith("may not open the TPM at " + device.string() + ": Permission denied"));
}

TEST(Opening, KnowsAResourceManager) {
    for (const char* tcti :
         {"device:/dev/tpmrm0", "device:/dev/tpmrm1", "device", "tabrmd", "tabrmd:bus_type=session"}) {
        EXPECT_TRUE(has_resource_manager(tcti)) << tcti;
    }
    for (const char* tcti :
         {"device:/dev/tpm0", "swtpm:path=/tmp/tpmrm0", "swtpm", "mssim:host=localhost,port=2321"}) {
        EXPECT_FALSE(has_resource_manager(tcti)) << tcti;
    }
}

/// A socket that nobody listens to, as a killed process leaves it: it refuses connections.
std::filesystem::path abandoned_socket(const std::filesystem::path& folder) {
    std::filesystem::path path = folder / "abandoned.sock";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof(address.sun_path) - 1);
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the socket interface asks for.
    EXPECT_EQ(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ::close(descriptor);
    return path;
}

TEST_F(EsysTpmTest, WaitsForATpmThatRefusesConnections) {
    const auto socket = abandoned_socket(swtpm.folder());
    fakes::FakeClock patience;
    patience.when_waited(3, [&] {
        std::filesystem::rename(swtpm.folder() / "tpm.sock.ctrl", socket.string() + ".ctrl");
        std::filesystem::rename(swtpm.folder() / "tpm.sock", socket);
    });
    const Connection connection("swtpm:path=" + socket.string(), patience, {});
    using std::chrono::milliseconds;
    EXPECT_THAT(patience.waits, ::testing::ElementsAre(milliseconds(25), milliseconds(50), milliseconds(100)));
    EXPECT_NE(connection.esys(), nullptr);
}

TEST_F(EsysTpmTest, WaitsForItThreeSecondsAtMost) {
    const auto socket = abandoned_socket(swtpm.folder());
    fakes::FakeClock patience;
    try {
        const Connection connection("swtpm:path=" + socket.string(), patience, {});
        FAIL() << "nobody is there";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::tpm);
        EXPECT_EQ(error.retry().kind, Retry::Kind::later);
        EXPECT_EQ(error.what(), "cannot open the TPM at " + socket.string() + ": Connection refused");
    }
    const auto waited = patience.steady_now().time_since_epoch();
    EXPECT_GT(waited, std::chrono::seconds(2));
    EXPECT_LT(waited, std::chrono::seconds(4));
}

TEST_F(EsysTpmTest, AStopIsObeyedBetweenTwoCommands) {
    std::stop_source source;
    const auto tpm = open({.tcti = swtpm.tcti()}, clock, source.get_token());
    try {
        tpm->run([&](Sequence& sequence) {
            static_cast<void>(sequence.ensure_primary_keys());
            const SecretBytes key(32, 1);
            const auto wrapped = sequence.wrap_keys(std::span(&key, 1), no_auth).at(0);
            source.request_stop();
            static_cast<void>(sequence.hmac(wrapped, {}, no_auth));
        });
        FAIL() << "it went on";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::cancelled);
    }
    EXPECT_EQ(leftovers(), "") << "sessions are flushed all the same";
}

TEST_F(EsysTpmTest, SaysThatTheTpmIsGoneWhenItGoesAway) {
    std::string failure;
    try {
        run([&](Sequence& sequence) {
            swtpm.stop();
            static_cast<void>(sequence.endorsement_key());
        });
    } catch (const Error& error) {
        failure = error.what();
        EXPECT_EQ(error.retry().kind, Retry::Kind::later);
    }
    EXPECT_THAT(failure,
                StartsWith("cannot read the endorsement key: the connection to the TPM failed during "
                           "TPM2_ReadPublic"));
}

TEST_F(EsysTpmTest, FlushesWhatKilledProcessesLeft) {
    const auto tpm = open({.tcti = swtpm.tcti()}, clock);
    EXPECT_EQ(tpm->flush_leftovers(), 0U);
    static_cast<void>(
        swtpm.shell("tpm2_createprimary -Q -C o -c one.ctx && tpm2_createprimary -Q -C o -c two.ctx && "
                    "tpm2_startauthsession -S session.ctx"));
    EXPECT_NE(leftovers(), "");
    EXPECT_EQ(tpm->flush_leftovers(), 3U);
    EXPECT_EQ(leftovers(), "");
    EXPECT_EQ(tpm->flush_leftovers(), 0U);
}

TEST_F(EsysTpmTest, NamesLeftoversAsTheReasonWhenThereIsNoRoom) {
    provide_primary_keys();
    static_cast<void>(swtpm.shell("for i in 1 2 3; do tpm2_createprimary -Q -C o -c $i.ctx; done"));
    EXPECT_THAT(refusal_of([](Sequence& sequence) {
                    const SecretBytes key(32, 1);
                    static_cast<void>(
                        sequence.hmac(sequence.wrap_keys(std::span(&key, 1), no_auth).at(0), {}, no_auth));
                }),
                AllOf(HasSubstr("TPM_RC_OBJECT_MEMORY, 0x902"), HasSubstr("tpm2_flushcontext")));
}

/// By the name of its file, a TCTI is one that we do not know: it is treated as if it had a resource manager.
TEST_F(EsysTpmTest, KeepsTheConnectionBehindAResourceManagerUntilSomethingFails) {
    const auto tpm = open({.tcti = "libtss2-tcti-swtpm.so.0:path=" + (swtpm.folder() / "tpm.sock").string()}, clock);
    const auto ensure = [](Sequence& sequence) { static_cast<void>(sequence.ensure_primary_keys()); };
    tpm->run(ensure);
    tpm->run(ensure);
    static_cast<void>(swtpm.shell("tpm2_startauthsession -S session.ctx"));
    EXPECT_EQ(tpm->flush_leftovers(), 0U) << "what is there may be somebody else's";

    swtpm.stop();
    EXPECT_THROW(tpm->run(ensure), Error);
    EXPECT_THROW(tpm->run(ensure), Error) << "it cannot be opened again";
    swtpm.start();
    EXPECT_NO_THROW(tpm->run(ensure));
}

TEST_F(EsysTpmTest, PassesOnWhatTheWorkThrows) {
    EXPECT_THROW(run([](Sequence&) { throw std::runtime_error("the work"); }), std::runtime_error);
    const auto tpm = open({.tcti = swtpm.tcti()}, clock);
    EXPECT_EQ(tpm->with([](Sequence& sequence) { return sequence.endorsement_key().size(); }), 316U);
}

}  // namespace
}  // namespace device_agent::tpm
