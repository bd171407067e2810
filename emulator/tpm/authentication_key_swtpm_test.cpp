// SPDX-License-Identifier: Apache-2.0
// The authority on what a TPM takes is a TPM: swtpm, driven by tpm2-tools.
#include "emulator/testing/temporary_folder.hpp"
#include "emulator/tpm/authentication_key.hpp"
#include "emulator/tpm/marshal.hpp"
#include "emulator/tpm/object_name.hpp"
#include "foundation/digest.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/encoding.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace emulator::tpm {
namespace {

using device_agent::Bytes;
using device_agent::ByteView;

class Swtpm : public ::testing::Test {
protected:
    Swtpm() {
        // --daemon returns when the sockets are there.
        EXPECT_EQ(shell("swtpm socket --tpm2 --tpmstate dir=. --server type=unixio,path=sock --ctrl "
                        "type=unixio,path=sock.ctrl --flags startup-clear --pid file=pid --daemon"),
                  0);
    }
    ~Swtpm() override {
        std::ifstream file(folder.path() / "pid");
        pid_t pid = 0;
        if (file >> pid) ::kill(pid, SIGTERM);
    }

    // Runs a script in the test's folder, with tpm2-tools talking to the software TPM.
    [[nodiscard]] int shell(const std::string& script) const {
        const std::string whole = "cd " + folder.path().string() +
                                  " && export TPM2TOOLS_TCTI=swtpm:path=sock && " +
                                  "exec 2>>log >>log && set -e; " + script;
        std::string program = "sh";
        std::string option = "-c";
        std::string text = whole;
        char* const arguments[] = {program.data(), option.data(), text.data(), nullptr};
        pid_t pid = 0;
        if (::posix_spawnp(&pid, "sh", nullptr, nullptr, arguments, environ) != 0) return -1;
        int status = 0;
        ::waitpid(pid, &status, 0);
        return status;
    }
    [[nodiscard]] Bytes read(const char* name) const {
        const auto text = device_agent::read_file(folder.path() / name).value_or("");
        return {text.begin(), text.end()};
    }
    void write(const char* name, ByteView bytes) const {
        device_agent::write_durably(folder.path() / name, std::string(bytes.begin(), bytes.end()));
    }
    [[nodiscard]] std::string log() const {
        return device_agent::read_file(folder.path() / "log").value_or("");
    }

    void make_primary_keys() const {
        ASSERT_EQ(shell("tpm2_createek -Q -c 0x81010001 -G rsa -u ek.pub -f tss;"
                        "head -c 256 /dev/zero > zeros;"
                        "tpm2_createprimary -Q -C o -g sha256 -G rsa2048:aes128cfb -c srk.ctx -u zeros -a "
                        "'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt';"
                        "tpm2_evictcontrol -Q -C o -c srk.ctx 0x81000001;"
                        "tpm2_readpublic -Q -c 0x81000001 -f tss -o srk.pub;"
                        "tpm2_flushcontext -t"),
                  0)
            << log();
    }

    emulator::testing::TemporaryFolder folder;
};

// Field 1 and 2 as tpm2_activatecredential reads them: behind a header of its own.
Bytes credential_file(ByteView id_object, ByteView secret) {
    return Marshaller<Bytes>().number32(0xBADCC0DE).number32(1).sized(id_object).sized(secret).take();
}

TEST_F(Swtpm, ImportsTheKeyAndSignsWithIt) {
    make_primary_keys();
    const device_agent::SecretBytes key(32, 0xa7);
    const auto blob = wrap_authentication_key(key, parse_storage_key(read("ek.pub")),
                                              parse_storage_key(read("srk.pub")), "hub.test/device-1");
    Unmarshaller in(blob);
    const auto id_object = in.sized("credential");
    const auto credential_secret = in.sized("secret");
    const auto duplicate = in.sized("duplicate");
    const auto seed = in.sized("seed");
    const auto area = in.sized("public area");
    write("credential", credential_file(id_object, credential_secret));
    write("duplicate", Marshaller<Bytes>().sized(duplicate).take());
    write("seed", Marshaller<Bytes>().sized(seed).take());
    write("key.pub", Marshaller<Bytes>().sized(area).take());
    write("data", device_agent::as_bytes("what is signed"));

    ASSERT_EQ(shell("tpm2_startauthsession --policy-session -S session;"
                    "tpm2_policysecret -Q -S session -c e;"
                    "tpm2_activatecredential -Q -c 0x81000001 -C 0x81010001 -i credential -o inner.key -P "
                    "session:session;"
                    "tpm2_flushcontext session; tpm2_flushcontext -t;"
                    "tpm2_import -Q -C 0x81000001 -u key.pub -r key.priv -i duplicate -s seed -k inner.key;"
                    "tpm2_flushcontext -t;"
                    "tpm2_load -Q -C 0x81000001 -u key.pub -r key.priv -c key.ctx;"
                    "tpm2_hmac -c key.ctx -o mac data"),
              0)
        << log();
    const auto expected = device_agent::hmac_sha256(key, device_agent::as_bytes("what is signed"));
    EXPECT_EQ(device_agent::hex_encode(read("mac")), device_agent::hex_encode(expected));

    // The name of the storage root key is computed here as the TPM computes it.
    ASSERT_EQ(shell("tpm2_readpublic -Q -c 0x81000001 -n srk.name"), 0) << log();
    EXPECT_EQ(read("srk.name"), parse_storage_key(read("srk.pub")).name);
}

TEST_F(Swtpm, GivesTheInnerKeyToNoOtherTpm) {
    make_primary_keys();
    const auto ek = parse_storage_key(read("ek.pub"));
    const auto srk = parse_storage_key(read("srk.pub"));
    auto other_srk = srk;
    other_srk.name.back() ^= 1U;
    const auto blob = wrap_authentication_key(device_agent::SecretBytes(32, 1), ek, other_srk, "h/d");
    Unmarshaller in(blob);
    const auto id_object = in.sized("credential");
    write("credential", credential_file(id_object, in.sized("secret")));
    EXPECT_NE(shell("tpm2_startauthsession --policy-session -S session;"
                    "tpm2_policysecret -Q -S session -c e;"
                    "tpm2_activatecredential -Q -c 0x81000001 -C 0x81010001 -i credential -o inner.key -P "
                    "session:session"),
              0);
    EXPECT_NE(log().find("integrity"), std::string::npos) << log();
}

}  // namespace
}  // namespace emulator::tpm
