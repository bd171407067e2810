// SPDX-License-Identifier: Apache-2.0
// Registering by X.509 certificate, individually and by an authority; and being the device at the hub with
// it.
#include "emulator/certificates/certificate.hpp"
#include "emulator/testing/certificates.hpp"
#include "emulator/testing/world.hpp"
#include "foundation/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace emulator::dps {
namespace {

using testing::Device;
using ::testing::HasSubstr;
using testing::issue;
using testing::json_of;
using testing::self_signed;
using testing::TestCertificate;
using testing::World;

nlohmann::json individual(const TestCertificate& primary, const TestCertificate* secondary = nullptr) {
    nlohmann::json certificates{{"primary", {{"certificate", primary.pem()}}}};
    if (secondary != nullptr)
        certificates["secondary"] = {{"certificate", device_agent::base64_encode(secondary->der())}};
    return {{"type", "x509"}, {"x509", {{"clientCertificates", certificates}}}};
}

nlohmann::json signed_by(const TestCertificate& authority) {
    return {{"type", "x509"},
            {"x509", {{"signingCertificates", {{"primary", {{"certificate", authority.pem()}}}}}}}};
}

nlohmann::json vouched_for_by(const std::string& name) {
    return {{"type", "x509"}, {"x509", {{"caReferences", {{"primary", name}}}}}};
}

class X509 : public ::testing::Test {
protected:
    void show(std::initializer_list<const TestCertificate*> chain) {
        world.client_certificates.clear();
        for (const auto* certificate : chain)
            world.client_certificates.push_back(certificate->der());
    }
    void expect_unauthorized(const http::Response& response, const std::string& why) {
        EXPECT_EQ(response.status, 401) << response.body;
        EXPECT_EQ(json_of(response).at("errorCode"), 401002);
        EXPECT_THAT(world.last_request().at("refusal").get<std::string>(), HasSubstr(why));
    }
    void upload(const std::string& name, const TestCertificate& authority, bool verified) {
        const nlohmann::json body{{"certificate", authority.pem()}, {"isVerified", verified}};
        ASSERT_EQ(world.control("PUT", "/certificates/" + name, body.dump()).status, 200);
    }

    World world;
    Device device{world, "dev-1"};
    const TestCertificate root = self_signed("root", {.authority = true});
    const TestCertificate factory = issue(root, "factory", {.authority = true});
    const TestCertificate leaf = issue(factory, "dev-1");
};

TEST_F(X509, EitherEnrolledCertificateRegisters) {
    const auto primary = self_signed("dev-1");
    const auto secondary = self_signed("dev-1");
    const auto enrolled = world.enroll("dev-1", individual(primary, &secondary));
    EXPECT_EQ(enrolled.at("attestation")
                  .at("x509")
                  .at("clientCertificates")
                  .at("primary")
                  .at("info")
                  .at("subjectName"),
              "CN=dev-1");
    for (const auto* certificate : {&primary, &secondary}) {
        show({certificate});
        const auto state = device.register_device();
        EXPECT_EQ(state.at("status"), "assigned");
        EXPECT_EQ(state.at("x509").at("certificateInfo").at("sha256Thumbprint"),
                  certificates::Certificate::from_der(certificate->der()).sha256_thumbprint());
    }
    EXPECT_EQ(json_of(device.status()).at("deviceId"), "dev-1");
    const auto authentication =
        json_of(world.send("GET", "/devices/dev-1", {{"Authorization", world.policy_token()}}))
            .at("authentication");
    EXPECT_EQ(authentication.at("type"), "selfSigned");
    EXPECT_EQ(authentication.at("x509Thumbprint").at("primaryThumbprint"),
              certificates::Certificate::from_der(primary.der()).sha256_thumbprint());
    EXPECT_TRUE(authentication.at("symmetricKey").at("primaryKey").is_null());
}

TEST_F(X509, TheCertificateMustBeTheEnrolledOneByThatNameAndInItsLife) {
    const auto enrolled = self_signed("dev-1");
    world.enroll("dev-1", individual(enrolled));
    expect_unauthorized(device.put(), "the TLS client showed none");
    const auto other = self_signed("dev-1");
    show({&other});
    expect_unauthorized(device.put(), "neither of those of the enrollment");
    world.client_certificates = {{0x30, 0x03, 0x02, 0x01, 0x00}};
    expect_unauthorized(device.put(), "cannot be read");

    const auto misnamed = self_signed("dev-2");
    world.enroll("dev-1", individual(misnamed));
    show({&misnamed});
    expect_unauthorized(device.put(), "common name is \"dev-2\"");
    const auto expired = self_signed("dev-1", {.life = std::chrono::days{1}});
    world.enroll("dev-1", individual(expired));
    show({&expired});
    expect_unauthorized(device.put(), "expired at 2020-01-02");
    const auto early = self_signed("dev-1", {.from = world.in_an_hour()});
    world.enroll("dev-1", individual(early));
    show({&early});
    expect_unauthorized(device.put(), "not good before");
}

TEST_F(X509, PollsNeedTheCertificateToo) {
    const auto enrolled = self_signed("dev-1");
    world.enroll("dev-1", individual(enrolled));
    show({&enrolled});
    const std::string operation = json_of(device.put()).at("operationId");
    show({});
    expect_unauthorized(device.poll(operation), "the TLS client showed none");
    show({&enrolled});
    EXPECT_EQ(device.poll(operation).status, 202);
}

TEST_F(X509, AGroupTrustsAnIntermediate) {
    world.enroll_group("fleet", signed_by(factory));
    show({&leaf});
    const auto state = device.register_device();
    EXPECT_EQ(state.at("status"), "assigned");
    EXPECT_EQ(state.at("x509").at("enrollmentGroupId"), "fleet");
    EXPECT_EQ(state.at("x509").at("signingCertificateInfo").at("subjectName"), "CN=factory");
    EXPECT_EQ(state.at("x509").at("certificateInfo").at("subjectName"), "CN=dev-1");
    show({&leaf, &factory, &root});
    EXPECT_EQ(device.put().status, 202) << "more than is needed";
}

TEST_F(X509, AGroupTrustsAnUploadedAuthority) {
    upload("Root", root, true);
    world.enroll_group("fleet", vouched_for_by("root"));
    show({&leaf, &factory});
    EXPECT_EQ(device.register_device().at("status"), "assigned");
    show({&leaf});
    expect_unauthorized(device.put(), "unable to get local issuer certificate");
}

TEST_F(X509, AnAuthorityIsTrustedOnceItIsVerified) {
    world.enroll_group("fleet", vouched_for_by("root"));
    show({&leaf, &factory});
    expect_unauthorized(device.put(), "not uploaded, or not verified");
    upload("root", root, false);
    expect_unauthorized(device.put(), "not uploaded, or not verified");

    const auto verify = [&](const TestCertificate& proof) {
        return world
            .control("POST", "/certificates/root/verify", nlohmann::json{{"certificate", proof.pem()}}.dump())
            .status;
    };
    EXPECT_EQ(verify(issue(root, "x")), 409) << "no code was asked for";
    const std::string code =
        json_of(world.control("POST", "/certificates/root/generateVerificationCode")).at("verificationCode");
    EXPECT_EQ(verify(issue(root, "x")), 400);
    EXPECT_EQ(verify(self_signed(code)), 400);
    EXPECT_EQ(verify(issue(factory, code)), 400);
    expect_unauthorized(device.put(), "not uploaded, or not verified");
    EXPECT_EQ(verify(issue(root, code)), 200);
    EXPECT_EQ(device.put().status, 202);
}

TEST_F(X509, AChainMustHold) {
    world.enroll_group("fleet", signed_by(factory));
    const auto impostor = self_signed("factory", {.authority = true});
    const auto forged = issue(impostor, "dev-1");
    show({&forged, &impostor});
    expect_unauthorized(device.put(), "no group's authority vouches");
    show({&factory});
    expect_unauthorized(Device(world, "factory").put(), "no group's authority vouches");
    const auto child = issue(leaf, "dev-1");  // a device is no authority
    show({&child, &leaf});
    expect_unauthorized(device.put(), "no group's authority vouches");
    show({&leaf});
    expect_unauthorized(Device(world, "dev-2").put(), "common name");
    const auto expired = issue(factory, "dev-1", {.life = std::chrono::days{1}});
    show({&expired});
    expect_unauthorized(device.put(), "expired");
}

TEST_F(X509, AnExpiredAuthorityVouchesForNobody) {
    const auto old = self_signed("old", {.authority = true, .life = std::chrono::days{1}});
    const auto of_old = issue(old, "dev-1");
    world.enroll_group("fleet", signed_by(old));
    show({&of_old});
    expect_unauthorized(device.put(), "expired");
}

TEST_F(X509, TheNearestAuthorityDecides) {
    upload("root", root, true);
    world.enroll_group("a-root", vouched_for_by("root"), {{"iotHubHostName", "127.0.0.1"}});
    world.enroll_group("b-factory", signed_by(factory), {{"iotHubHostName", "localhost"}});
    show({&leaf, &factory});
    EXPECT_EQ(device.register_device().at("x509").at("enrollmentGroupId"), "b-factory");
}

TEST_F(X509, ANewCertificateIsKnownAtTheHubAfterRegistering) {
    world.enroll_group("fleet", signed_by(factory));
    show({&leaf});
    device.register_device();
    const auto list = [&] { return world.send("GET", "/devices/dev-1/modules").status; };
    EXPECT_EQ(list(), 200);
    const auto renewed = issue(factory, "dev-1");
    show({&renewed});
    EXPECT_EQ(list(), 401);
    device.register_device();
    EXPECT_EQ(list(), 200);
    show({&leaf});
    EXPECT_EQ(list(), 401);
}

TEST_F(X509, EnrollmentsAreChecked) {
    const auto certificate = self_signed("dev-1");
    const auto attempt = [&](const std::string& path, const nlohmann::json& attestation) {
        const auto response = world.send("PUT", path, {{"Authorization", world.dps_token()}},
                                         nlohmann::json{{"attestation", attestation}}.dump());
        EXPECT_EQ(response.status, 400) << response.body;
        return json_of(response).at("message").get<std::string>();
    };
    EXPECT_THAT(attempt("/enrollmentGroups/g", individual(certificate)), HasSubstr("of a group"));
    EXPECT_THAT(attempt("/enrollments/dev-1", signed_by(factory)), HasSubstr("of an individual"));
    EXPECT_THAT(attempt("/enrollmentGroups/g", signed_by(leaf)), HasSubstr("not one of an authority"));
    EXPECT_THAT(attempt("/enrollmentGroups/g", {{"type", "tpm"}}), HasSubstr("cannot be tpm"));
    EXPECT_THAT(attempt("/enrollmentGroups/g", vouched_for_by("")), HasSubstr("caReferences.primary"));
    EXPECT_THAT(attempt("/enrollments/dev-1", {{"type", "x509"}, {"x509", nlohmann::json::object()}}),
                HasSubstr("exactly one"));
    auto broken = individual(certificate);
    auto& text = broken["x509"]["clientCertificates"]["primary"]["certificate"];
    for (const auto* wrong : {"", "AAAA", "not base64", "-----BEGIN CERTIFICATE-----\nAAAA\n"}) {
        text = wrong;
        EXPECT_THAT(attempt("/enrollments/dev-1", broken), HasSubstr("clientCertificates.primary")) << wrong;
    }
    // What was read and is written again keeps its certificates.
    const auto shown = world.enroll("dev-1", individual(certificate));
    EXPECT_EQ(world.enroll("dev-1", shown.at("attestation")).at("attestation"), shown.at("attestation"));
}

// ---- at the hub

TEST_F(X509, ADeviceManagesItsModulesWithItsCertificate) {
    world.enroll_group("fleet", signed_by(factory));
    show({&leaf});
    device.register_device();
    EXPECT_EQ(world.send("PUT", "/devices/dev-1/modules/app", {}, "{}").status, 200);
    EXPECT_EQ(world.last_request().at("authorizedAs"), "device dev-1");
    EXPECT_EQ(world.send("GET", "/devices/dev-1/modules").status, 200);
    EXPECT_EQ(world.send("GET", "/devices/dev-1").status, 200);
    EXPECT_EQ(world.send("GET", "/devices").status, 401) << "that is for services";
    EXPECT_EQ(world.send("GET", "/devices/dev-2/modules").status, 401);
    EXPECT_EQ(world.send("DELETE", "/devices/dev-1/modules/app", {{"If-Match", "*"}}).status, 204);
    show({});
    EXPECT_EQ(world.send("GET", "/devices/dev-1/modules").status, 401);

    world.send("PUT", "/devices/dev-1", {{"Authorization", world.policy_token()}, {"If-Match", "*"}},
               R"({"deviceId":"dev-1","status":"disabled"})");
    show({&leaf});
    EXPECT_EQ(world.send("GET", "/devices/dev-1/modules").status, 401);
    EXPECT_THAT(world.last_request().at("refusal").get<std::string>(), HasSubstr("disabled"));
}

TEST_F(X509, AHubKnowsThumbprintsOfEitherKindAndAuthorities) {
    const auto certificate = certificates::Certificate::from_der(leaf.der());
    const auto list = [&](const char* id) {
        return world.send("GET", std::string("/devices/") + id + "/modules").status;
    };
    show({&leaf, &factory});
    world.put_device("by-sha1", "localhost",
                     {{"authentication",
                       {{"type", "selfSigned"},
                        {"x509Thumbprint", {{"secondaryThumbprint", certificate.sha1_thumbprint()}}}}}});
    EXPECT_EQ(list("by-sha1"), 200);
    world.put_device("by-key");
    EXPECT_EQ(list("by-key"), 401);
    world.put_device("dev-1", "localhost", {{"authentication", {{"type", "certificateAuthority"}}}});
    EXPECT_EQ(list("dev-1"), 401);
    upload("root", root, true);
    EXPECT_EQ(list("dev-1"), 200);
    world.put_device("DEV-1", "localhost", {{"authentication", {{"type", "certificateAuthority"}}}});
    EXPECT_EQ(list("DEV-1"), 401) << "the common name is another";
}

TEST_F(X509, VerifyLooksAtTheCertificateThatItIsGiven) {
    world.enroll_group("fleet", signed_by(factory));
    show({&leaf});
    device.register_device();
    show({});
    const auto verify = [&](const nlohmann::json& more) {
        nlohmann::json body{{"connectionString", "HostName=localhost;DeviceId=dev-1;x509=true"}};
        body.update(more);
        return json_of(world.control("POST", "/verify", body.dump()));
    };
    EXPECT_EQ(verify(nlohmann::json::object()).at("letIn"), false);
    EXPECT_EQ(verify({{"certificate", leaf.pem() + factory.pem()}}).at("letIn"), true);
    EXPECT_EQ(verify({{"certificate", factory.pem()}}).at("letIn"), false);
    show({&leaf});
    EXPECT_EQ(verify(nlohmann::json::object()).at("letIn"), true) << "the connection's own";
}

TEST_F(X509, UploadsAreChecked) {
    for (const auto* wrong : {"", "{}", R"({"certificate":"AAAA"})"}) {
        EXPECT_EQ(world.control("PUT", "/certificates/a", wrong).status, 400) << wrong;
    }
    EXPECT_EQ(
        world.control("PUT", "/certificates/a", nlohmann::json{{"certificate", leaf.pem()}}.dump()).status,
        400)
        << "not an authority";
    EXPECT_EQ(
        world.control("PUT", "/certificates/-a", nlohmann::json{{"certificate", root.pem()}}.dump()).status,
        400);
    upload("a", root, false);
    EXPECT_EQ(json_of(world.control("GET", "/certificates/A")).at("isVerified"), false);
    EXPECT_EQ(json_of(world.control("GET", "/certificates")).at("certificates").size(), 1U);
    EXPECT_EQ(world.control("DELETE", "/certificates/a").status, 204);
    for (const auto* path : {"/certificates/a", "/certificates/a/generateVerificationCode"}) {
        const bool item = std::string_view(path).ends_with("/a");
        EXPECT_EQ(world.control(item ? "GET" : "POST", path).status, 404);
    }
}

}  // namespace
}  // namespace emulator::dps
