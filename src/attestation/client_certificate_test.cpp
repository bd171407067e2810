// SPDX-License-Identifier: Apache-2.0
#include "attestation/client_certificate.hpp"

#include "foundation/durable_file.hpp"
#include "foundation/error.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

namespace device_agent::attestation {
namespace {

using testing::HasSubstr;

// Certificates are made by the tool that operators use.
class ClientCertificateTest : public ::testing::Test {
protected:
    void openssl(const std::string& arguments) const {
        const auto command = "cd " + folder.path().string() + " && openssl " + arguments + " >log 2>&1";
        ASSERT_EQ(std::system(command.c_str()), 0) << read_file(folder.path() / "log").value_or("");
    }
    void make_self_signed(
        const std::string& name, const std::string& subject,
        const std::string& key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes") const {
        openssl("req -x509 " + key + " -keyout " + name + ".key -out " + name + ".pem -subj " + subject +
                " -days 30");
    }
    [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder.path() / name; }
    [[nodiscard]] std::string content(const std::string& name) const { return read_file(file(name)).value(); }

    static std::string failure(const std::function<void()>& work) {
        try {
            work();
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::configuration);
            return error.what();
        }
        return "it was taken";
    }
    [[nodiscard]] std::string refusal(const std::string& certificate, const std::string& key) const {
        return failure(
            [&] { static_cast<void>(read_client_certificate(file(certificate), file(key), no_tpm)); });
    }

    fakes::TemporaryFolder folder;
    std::string no_tpm = "swtpm:path=" + (folder.path() / "none").string();
};

TEST_F(ClientCertificateTest, ThatIsEncryptedIsRefusedAndNobodyIsAskedForItsPassphrase) {
    write_durably(file("encrypted.pem"),
                  "-----BEGIN CERTIFICATE-----\n"
                  "Proc-Type: 4,ENCRYPTED\n"
                  "DEK-Info: AES-128-CBC,00000000000000000000000000000000\n"
                  "\n"
                  "AAAAAAAAAAAAAAAAAAAAAA==\n"
                  "-----END CERTIFICATE-----\n");
    testing::internal::CaptureStderr();
    EXPECT_THAT(failure([&] { static_cast<void>(read_certificate_facts(file("encrypted.pem"))); }),
                HasSubstr("holds no X.509 certificate"));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(ClientCertificateTest, IsReadWithItsChainAndItsKey) {
    make_self_signed("leaf", "/CN=dev-1");
    make_self_signed("ca", "/CN=plant");
    write_durably(file("chain.pem"), content("leaf.pem") + content("ca.pem"));
    const auto certificate = read_client_certificate(file("chain.pem"), file("leaf.key"), no_tpm);
    EXPECT_EQ(certificate.chain, content("chain.pem"));
    EXPECT_EQ(certificate.private_key.view(), content("leaf.key"));
}

TEST_F(ClientCertificateTest, TellsWhatAnOperatorEnrolls) {
    make_self_signed("leaf", "/O=Plant/CN=dev-1");
    make_self_signed("ca", "/CN=plant");
    write_durably(file("chain.pem"), content("leaf.pem") + content("ca.pem"));
    const auto facts = read_certificate_facts(file("chain.pem"));
    EXPECT_EQ(facts.common_name, "dev-1");
    EXPECT_EQ(facts.subject, "CN=dev-1,O=Plant");
    EXPECT_EQ(facts.issuer, "CN=dev-1,O=Plant");
    EXPECT_EQ(facts.pem, content("leaf.pem"));
    EXPECT_EQ(facts.chain_length, 2U);
    openssl("x509 -in leaf.pem -noout -fingerprint -sha256 | tr -d :");
    EXPECT_THAT(content("log"), HasSubstr("=" + facts.sha256_thumbprint + "\n"));
    openssl("x509 -in leaf.pem -noout -fingerprint -sha1 | tr -d :");
    EXPECT_THAT(content("log"), HasSubstr("=" + facts.sha1_thumbprint + "\n"));
}

TEST_F(ClientCertificateTest, AFileThatIsNoCertificateOrADamagedChainIsNamed) {
    make_self_signed("leaf", "/CN=dev-1");
    EXPECT_THAT(refusal("leaf.key", "leaf.key"), HasSubstr("leaf.key holds no X.509 certificate in PEM"));
    EXPECT_THAT(refusal("missing.pem", "leaf.key"), HasSubstr("missing.pem does not exist"));
    auto damaged = content("leaf.pem") + content("leaf.pem");
    damaged[damaged.size() - 60] = '!';
    write_durably(file("damaged.pem"), damaged);
    EXPECT_THAT(refusal("damaged.pem", "leaf.key"), HasSubstr("damaged after certificate 1"));
}

TEST_F(ClientCertificateTest, AKeyThatCannotBeUsedIsNamed) {
    make_self_signed("leaf", "/CN=dev-1");
    make_self_signed("other", "/CN=dev-1");
    make_self_signed("locked", "/CN=dev-1", "-newkey rsa:2048 -passout pass:secret");
    EXPECT_THAT(refusal("leaf.pem", "other.key"), HasSubstr("is not the key of the first certificate in"));
    EXPECT_THAT(refusal("locked.pem", "locked.key"), HasSubstr("is encrypted by a passphrase"));
    EXPECT_THAT(refusal("leaf.pem", "leaf.pem"), HasSubstr("leaf.pem holds no private key in PEM"));
}

TEST_F(ClientCertificateTest, MustHaveExactlyOneCommonName) {
    make_self_signed("none", "/O=Plant");
    make_self_signed("two", "/CN=dev-1/CN=dev-2");
    for (const char* name : {"none.pem", "two.pem"}) {
        EXPECT_THAT(failure([&] { static_cast<void>(read_certificate_facts(file(name))); }),
                    HasSubstr("must have exactly one common name"));
    }
}

}  // namespace
}  // namespace device_agent::attestation
