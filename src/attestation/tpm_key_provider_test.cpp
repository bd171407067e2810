// SPDX-License-Identifier: Apache-2.0
// Keys made by the tool of operators, in a real software TPM, used by OpenSSL as a TLS client uses them.
#include "attestation/tpm_key_provider.hpp"

#include "attestation/client_certificate.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/error.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/support/swtpm.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

namespace device_agent::attestation {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// One TPM for all tests: a process uses the keys of one.
class TpmKeyTest : public ::testing::TestWithParam<const char*> {
protected:
    static void SetUpTestSuite() { swtpm = std::make_unique<support::Swtpm>(); }
    static void TearDownTestSuite() { swtpm.reset(); }

    void make_key_in(const support::Swtpm& tpm) const {
        const auto openssl = [&](const std::string& arguments) {
            const auto command = "cd " + folder.path().string() + " && TPM2OPENSSL_TCTI='" + tpm.tcti() +
                                 "' openssl " + arguments + " >log 2>&1";
            ASSERT_EQ(std::system(command.c_str()), 0) << read_file(folder.path() / "log").value_or("");
        };
        openssl(std::string("genpkey -provider tpm2 -algorithm ") + GetParam() + " -out key.pem");
        openssl(
            "req -x509 -provider tpm2 -provider default -propquery '?provider=tpm2' -key key.pem -subj "
            "/CN=dev-1 -days 5 -out certificate.pem");
    }
    [[nodiscard]] ClientCertificate read() const {
        return read_client_certificate(folder.path() / "certificate.pem", folder.path() / "key.pem",
                                       swtpm->tcti());
    }
    static Key load(const ClientCertificate& certificate) {
        const auto pem = certificate.private_key.view();
        auto* memory = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
        Key key(PEM_read_bio_PrivateKey(memory, nullptr, nullptr, nullptr), &EVP_PKEY_free);
        BIO_free(memory);
        return key;
    }
    // What TLS does: with the digest named, and the provider left to OpenSSL.
    static bool signs(EVP_PKEY* key) {
        constexpr std::array<unsigned char, 3> text{'a', 'b', 'c'};
        std::array<unsigned char, 512> signature{};
        auto size = signature.size();
        auto* context = EVP_MD_CTX_new();
        const bool made = EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
                          EVP_DigestSign(context, signature.data(), &size, text.data(), text.size()) == 1;
        EVP_MD_CTX_free(context);
        return made;
    }

    static std::unique_ptr<support::Swtpm> swtpm;
    fakes::TemporaryFolder folder;
};

std::unique_ptr<support::Swtpm> TpmKeyTest::swtpm;

TEST_P(TpmKeyTest, SignsInTheTpmFromAnyThreadAndLeavesNothingThere) {
    make_key_in(*swtpm);
    const auto certificate = read();
    {
        const auto key = load(certificate);
        ASSERT_TRUE(key);
        std::atomic<int> made{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int count = 0; count < 10; ++count)
                    made += signs(key.get()) ? 1 : 0;
            });
        }
        for (auto& thread : threads)
            thread.join();
        EXPECT_EQ(made, 40);
    }
    EXPECT_EQ(swtpm->shell("tpm2_getcap handles-transient"), "");
    EXPECT_EQ(swtpm->shell("tpm2_getcap handles-loaded-session"), "");
}

TEST_P(TpmKeyTest, OfAnotherTpmIsToldSo) {
    make_key_in(support::Swtpm());
    try {
        static_cast<void>(read());
        ADD_FAILURE() << "loaded by another TPM";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::tpm);
        EXPECT_THAT(error.what(), testing::HasSubstr("was made by another TPM"));
    }
}

INSTANTIATE_TEST_SUITE_P(Algorithms, TpmKeyTest,
                         ::testing::Values("EC -pkeyopt group:P-256", "RSA -pkeyopt bits:2048"),
                         [](const auto& algorithm) { return algorithm.param[0] == 'E' ? "Ec" : "Rsa"; });

// Whether keys can be used once their TPM is there, in a process that has asked for them before.
bool is_tried_again() {
    const fakes::TemporaryFolder folder;
    try {
        use_tpm_keys("swtpm:path=" + (folder.path() / "none").string());
        return false;
    } catch (const Error&) {
        const support::Swtpm swtpm;
        use_tpm_keys(swtpm.tcti());
        return true;
    }
}

TEST(TpmKey, IsUsedOnceItsTpmIsThere) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");  // in a process of its own: it uses the keys of one TPM
    EXPECT_EXIT(std::_Exit(is_tried_again() ? 0 : 1), ::testing::ExitedWithCode(0), "");
}

TEST(TpmKey, IsKnownByItsFirstLine) {
    EXPECT_TRUE(is_tpm_key("-----BEGIN TSS2 PRIVATE KEY-----\nMA==\n"));
    EXPECT_FALSE(is_tpm_key("-----BEGIN PRIVATE KEY-----\nMA==\n"));
}

}  // namespace
}  // namespace device_agent::attestation
