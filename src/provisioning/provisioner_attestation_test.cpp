// SPDX-License-Identifier: Apache-2.0
// Applying a plan on devices that attest by a certificate or by a symmetric key: what the slots get, and what
// authorises the requests.
#include "attestation/symmetric_key_attestation.hpp"
#include "attestation/x509_attestation.hpp"
#include "foundation/encoding.hpp"
#include "tests/fakes/scripted_http.hpp"
#include "tests/support/provisioner_fixture.hpp"

namespace device_agent::provisioning {
namespace {

// Hands out one connection, which keeps what it was asked.
class Lent final : public cloud::HttpClient {
public:
    explicit Lent(cloud::HttpClient& http) : http_(http) {}
    cloud::HttpResponse send(const cloud::HttpRequest& request, const std::stop_token& stop) override {
        return http_.send(request, stop);
    }

private:
    cloud::HttpClient& http_;
};

class OtherAttestationsTest : public ProvisionerTest {
protected:
    void SetUp() override {
        const auto module = [](const char* id, const SecretBytes& key) {
            const auto text = base64_encode(key);
            return std::string(R"({"moduleId":")") + id +
                   R"(","generationId":"1","authentication":{"type":"sas","symmetricKey":{"primaryKey":")" +
                   text + R"(","secondaryKey":")" + text + R"("}}})";
        };
        http.then(
                200,
                R"({"operationId":"op","status":"assigned","registrationState":{"assignedHub":"hub-1.test",)"
                R"("deviceId":"dev-1"}})")
            .then(200, "[]")
            .then(200, module("dmModule", agent_key))
            .then(200, module("AppB", app_key));
    }
    void provision_by(attestation::Attestation& way) {
        goal.desired.binding.attestation = way.kind();
        Services ports{store,         way,
                       time,          [&] { return std::make_unique<Lent>(http); },
                       folder.path(), [](const std::string&) {}};
        Provisioner(goal, ports).provision(context);
        EXPECT_TRUE(http.all_used());
        EXPECT_EQ(slots.filled.at(0).identity, device);
        EXPECT_EQ(slots.filled.at(1).key, agent_key);
        EXPECT_EQ(slots.filled.at(2).key, app_key);
        EXPECT_EQ(record().binding, goal.desired.binding);
        Provisioner(goal, ports).provision(context);  // asks nobody: the script is used up
    }

    fakes::ScriptedHttp http;
    const SecretBytes agent_key = SecretBytes(32, 1);
    const SecretBytes app_key = SecretBytes(32, 2);
};

TEST_F(OtherAttestationsTest, ACertificateAuthorisesEveryRequestAndItsSlotHasNoKey) {
    attestation::X509Attestation by_certificate;
    provision_by(by_certificate);
    ASSERT_EQ(http.requests.size(), 4U);
    for (const auto& request : http.requests)
        EXPECT_TRUE(request.authorization.empty()) << request.path;
    EXPECT_TRUE(slots.filled.at(0).key.empty());
}

TEST_F(OtherAttestationsTest, TheSymmetricKeyTakesTheDevicesSlotAndSignsForTheHub) {
    const SecretBytes key(32, 7);
    attestation::SymmetricKeyAttestation by_key(key);
    provision_by(by_key);
    ASSERT_EQ(http.requests.size(), 4U);
    EXPECT_EQ(slots.filled.at(0).key, key);
    const auto sign = [&](ByteView data) { return hmac_sha256(key, data); };
    const auto expires = time.now() + std::chrono::hours(1);
    const auto token = cloud::make_sas_token("hub-1.test/devices/dev-1", expires, "", sign);
    for (std::size_t i = 1; i < 4; ++i)
        EXPECT_EQ(http.requests[i].authorization, token.text);
}

}  // namespace
}  // namespace device_agent::provisioning
