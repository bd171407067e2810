// SPDX-License-Identifier: Apache-2.0
#include "cloud/dps_client.hpp"

#include "foundation/encoding.hpp"
#include "foundation/error.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/scripted_http.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace device_agent::cloud {
namespace {

using namespace std::chrono_literals;
using fakes::FakeClock;
using fakes::FixedJitter;
using fakes::ScriptedHttp;

constexpr const char* challenge =
    R"({"message":"Authorization required","authenticationKey":"AAEC","keyName":"registration"})";
constexpr const char* assigning = R"({"operationId":"4.op","status":"assigning"})";
constexpr const char* assigned =
    R"({"operationId":"4.op","status":"assigned","registrationState":{"assignedHub":"hub.test",
    "deviceId":"dev-1","tpm":{"authenticationKey":"AwQF"}}})";

// Stands for a TPM: remembers which challenge it answered.
class RecordedAttestation final : public attestation::Attestation {
public:
    std::string kind() const override { return "tpm"; }
    attestation::Evidence evidence() override {
        attestation::Evidence evidence;
        evidence.tpm = attestation::TpmEvidence{{1, 1}, {2, 2}};
        return evidence;
    }
    Sha256 answer(ByteView given, ByteView data) override {
        challenges.emplace_back(given.begin(), given.end());
        return hmac_sha256(given, data);
    }
    std::optional<attestation::DeviceKey> device_key(const std::optional<Bytes>& /*granted*/) override {
        return std::nullopt;
    }
    std::vector<Bytes> challenges;
};

class DpsClientTest : public ::testing::Test {
protected:
    Assignment run() { return client.register_device(registration, attestation, context); }
    Error failure() {
        try {
            static_cast<void>(run());
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "the registration went through";
        return {ErrorCode::internal, ""};
    }

    FakeClock clock;
    FixedJitter jitter;
    ServiceTime time{clock};
    ScriptedHttp http;
    RecordedAttestation attestation;
    DpsClient client{http, time};
    Registration registration{"dps.test:8443", "0ne00000001", "dev-1", R"({"site":7})"};
    CallContext context{clock, jitter, std::nullopt, std::stop_token()};
};

TEST_F(DpsClientTest, RegistersByPutPutAndGetsAtThePaceOfTheService) {
    http.then(401, challenge).then(202, assigning, 3s).then(202, assigning, 4s).then(200, assigned);
    const auto assignment = run();
    EXPECT_EQ(assignment.hub, "hub.test");
    EXPECT_EQ(assignment.authentication_key, (Bytes{3, 4, 5}));
    EXPECT_EQ(clock.waits, (std::vector<std::chrono::milliseconds>{3s, 4s}));

    ASSERT_EQ(http.requests.size(), 4U);
    EXPECT_EQ(http.requests[0].method, "PUT");
    EXPECT_EQ(http.requests[0].host, "dps.test:8443");
    EXPECT_EQ(http.requests[0].path, "/0ne00000001/registrations/dev-1/register?api-version=2021-06-01");
    EXPECT_TRUE(http.requests[0].authorization.empty());
    const auto body = nlohmann::json::parse(http.requests[0].body);
    EXPECT_EQ(
        body.dump(),
        R"({"payload":{"site":7},"registrationId":"dev-1","tpm":{"endorsementKey":"AQE=","storageRootKey":"AgI="}})");
    EXPECT_EQ(http.requests[1].body, http.requests[0].body);
    EXPECT_EQ(http.requests[2].method, "GET");
    EXPECT_EQ(http.requests[2].path,
              "/0ne00000001/registrations/dev-1/operations/4.op?api-version=2021-06-01");

    // One key, one signature: the same token goes on every request after the challenge.
    EXPECT_EQ(attestation.challenges, (std::vector<Bytes>{{0, 1, 2}}));
    EXPECT_NE(http.requests[1].authorization.view().find("sr=0ne00000001%2Fregistrations%2Fdev-1&"),
              std::string_view::npos);
    EXPECT_NE(http.requests[1].authorization.view().find("&skn=registration"), std::string_view::npos);
    EXPECT_EQ(http.requests[3].authorization, http.requests[1].authorization);
}

TEST_F(DpsClientTest, PollsEveryTwoSecondsWhenTheServiceNamesNoPace) {
    http.then(401, challenge).then(202, assigning).then(200, assigned);
    run();
    EXPECT_EQ(clock.waits, (std::vector<std::chrono::milliseconds>{2s}));
}

TEST_F(DpsClientTest, A401WithoutAChallengeIsARefusalThatNamesTheRemedy) {
    http.then(401, R"({"errorCode":401002,"message":"Unauthorized"})");
    const auto error = failure();
    EXPECT_EQ(error.code(), ErrorCode::refused);
    EXPECT_NE(std::string(error.what()).find("401002: Unauthorized"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("enrollment-info"), std::string::npos) << error.what();
}

TEST_F(DpsClientTest, AnUnknownEnrollmentIsARefusalThatNamesScopeAndId) {
    http.then(404, R"({"errorCode":404201,"message":"not found"})");
    const auto error = failure();
    EXPECT_EQ(error.code(), ErrorCode::refused);
    EXPECT_NE(std::string(error.what()).find("0ne00000001"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("dev-1"), std::string::npos);
}

TEST_F(DpsClientTest, ARefusedPollLeadsToOneFullRegistrationMore) {
    http.then(401, challenge)
        .then(202, assigning, 0s)
        .then(404, "{}")
        .then(401, challenge)
        .then(202, assigning, 0s)
        .then(200, assigned);
    EXPECT_EQ(run().device_id, "dev-1");
    http.then(401, challenge)
        .then(202, assigning, 0s)
        .then(401, "{}")
        .then(401, challenge)
        .then(202, assigning, 0s)
        .then(403, "{}");
    EXPECT_EQ(failure().code(), ErrorCode::refused);
    EXPECT_TRUE(http.all_used());
}

TEST_F(DpsClientTest, ADisabledEnrollmentAndAFailedAssignmentAreRefusals) {
    http.then(401, challenge).then(200, R"({"status":"disabled"})");
    EXPECT_NE(std::string(failure().what()).find("disabled"), std::string::npos);
    http.then(401, challenge)
        .then(202, assigning, 0s)
        .then(200, R"({"status":"failed","registrationState":{"errorCode":400208,"errorMessage":"no hub"}})");
    const auto error = failure();
    EXPECT_EQ(error.code(), ErrorCode::refused);
    EXPECT_NE(std::string(error.what()).find("400208: no hub"), std::string::npos);
}

TEST_F(DpsClientTest, HonoursRetryAfterAndGrowsItsOwnDelaysOtherwise) {
    http.then(429, "{}", 7s)
        .then(503, "{}")
        .then_fails("connection reset")
        .then(401, challenge)
        .then(200, assigned);
    run();
    // 7 s as asked, then 1 s and 2 s, each three quarters by the fixed jitter.
    EXPECT_EQ(clock.waits, (std::vector<std::chrono::milliseconds>{7s, 750ms, 1500ms}));
}

TEST_F(DpsClientTest, ARetryAfterBeyondTheDeadlineEndsAtOnce) {
    context.deadline = clock.steady_now() + 600s;
    http.then(429, "{}", 601s);
    const auto error = failure();
    EXPECT_EQ(error.code(), ErrorCode::network);
    EXPECT_NE(std::string(error.what()).find("601 s"), std::string::npos) << error.what();
    EXPECT_TRUE(clock.waits.empty());
}

TEST_F(DpsClientTest, HonoursARetryAfterOfMoreThanFiveMinutesToTheSecond) {
    context.deadline = clock.steady_now() + 3600s;
    http.then(429, "{}", 301s)
        .then(401, challenge)
        .then(202, assigning, 400s)
        .then(429, "{}", 1500s)
        .then(200, assigned);
    run();
    EXPECT_EQ(clock.waits, (std::vector<std::chrono::milliseconds>{301s, 400s, 1500s}));
}

TEST_F(DpsClientTest, AServiceThatNamesNoPaceIsNotAskedWithoutAPause) {
    http.then(429, "{}", 0s)
        .then(401, challenge)
        .then(202, assigning, 0s)
        .then(202, assigning, 0s)
        .then(202, assigning, 0s)
        .then(200, assigned);
    run();
    EXPECT_EQ(clock.waits, (std::vector<std::chrono::milliseconds>{750ms, 0s, 1s, 1s}));
}

TEST_F(DpsClientTest, AChallengeThatWasAnsweredTooLateIsAnsweredAnew) {
    constexpr const char* another = R"({"authenticationKey":"BAUG","keyName":"registration"})";
    http.then(401, challenge).then(429, "{}", 400s).then(401, another).then(200, assigned);
    run();
    EXPECT_EQ(attestation.challenges, (std::vector<Bytes>{{0, 1, 2}, {4, 5, 6}}));

    http.then(401, challenge).then(401, another).then(401, challenge).then(401, another);
    EXPECT_EQ(failure().code(), ErrorCode::refused) << "not for ever";
    EXPECT_TRUE(http.all_used());
}

TEST_F(DpsClientTest, ARefusalOfTheAnsweredChallengeLeadsToOneFullRegistrationMore) {
    constexpr const char* refused = R"({"errorCode":401002,"message":"Unauthorized"})";
    http.then(401, challenge).then(401, refused).then(401, challenge).then(200, assigned);
    EXPECT_EQ(run().device_id, "dev-1");
    http.then(401, challenge).then(401, refused).then(401, challenge).then(401, refused);
    EXPECT_EQ(failure().code(), ErrorCode::refused);
    EXPECT_TRUE(http.all_used());
}

TEST_F(DpsClientTest, ADeviceThatIsNotYetAssignedIsWaitedFor) {
    http.then(401, challenge)
        .then(202, R"({"operationId":"4.op","status":"unassigned"})", 5s)
        .then(200, assigned);
    EXPECT_EQ(run().hub, "hub.test");
    EXPECT_EQ(clock.waits, (std::vector<std::chrono::milliseconds>{5s}));
}

TEST_F(DpsClientTest, WhatIsNoAnswerOfDpsIsNoRefusal) {
    http.then(302, "<html>log in to this network</html>");
    const auto error = failure();
    EXPECT_EQ(error.code(), ErrorCode::network);
    EXPECT_NE(std::string(error.what()).find("check dpsUri"), std::string::npos) << error.what();
    http.then(200, "<html>");
    EXPECT_EQ(failure().code(), ErrorCode::network);
    EXPECT_TRUE(clock.waits.empty()) << "it would say the same again";
}

TEST_F(DpsClientTest, NoRequestOutlastsTheDeadline) {
    context.deadline = clock.steady_now() + 60s;
    http.then(401, challenge).then(202, assigning, 20s).then(200, assigned);
    run();
    EXPECT_EQ(http.requests[0].patience, 60s);
    EXPECT_EQ(http.requests[2].patience, 40s);
}

TEST_F(DpsClientTest, AStopEndsTheWaitForTheNextTryAndForTheNextPoll) {
    std::stop_source stop;
    context.stop = stop.get_token();
    http.then(401, challenge).then_does([&] {
        stop.request_stop();
        return HttpResponse{202, 30s, SecretText(assigning)};
    });
    EXPECT_EQ(failure().code(), ErrorCode::cancelled);
    stop = {};
    context.stop = stop.get_token();
    http.then_does([&] {
        stop.request_stop();
        return HttpResponse{429, 30s, SecretText("{}")};
    });
    EXPECT_EQ(failure().code(), ErrorCode::cancelled);
}

TEST_F(DpsClientTest, APollBeyondTheDeadlineEndsAtOnce) {
    context.deadline = clock.steady_now() + 10s;
    http.then(401, challenge).then(202, assigning, 11s);
    EXPECT_EQ(failure().code(), ErrorCode::network);
    EXPECT_TRUE(clock.waits.empty());
}

TEST_F(DpsClientTest, StopsOnRequest) {
    std::stop_source stop;
    stop.request_stop();
    context.stop = stop.get_token();
    EXPECT_EQ(failure().code(), ErrorCode::cancelled);
    EXPECT_TRUE(http.requests.empty());
}

// Stands for attestation by X.509, where the connection is the evidence, or by a symmetric key.
class PlainAttestation final : public attestation::Attestation {
public:
    explicit PlainAttestation(std::optional<SecretBytes> given) : key(std::move(given)) {}
    std::string kind() const override { return key ? "symmetricKey" : "x509"; }
    attestation::Evidence evidence() override { return {std::nullopt, key}; }
    Sha256 answer(ByteView /*challenge*/, ByteView /*data*/) override {
        throw Error(ErrorCode::refused, "no TPM");
    }
    std::optional<attestation::DeviceKey> device_key(const std::optional<Bytes>& /*granted*/) override {
        return std::nullopt;
    }
    std::optional<SecretBytes> key;
};

class OtherAttestations : public DpsClientTest {
protected:
    Assignment run_by(std::optional<SecretBytes> given) {
        PlainAttestation plain(std::move(given));
        return client.register_device(registration, plain, context);
    }
    std::string refusal_by(std::optional<SecretBytes> given) {
        try {
            static_cast<void>(run_by(std::move(given)));
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::refused);
            return error.what();
        }
        return "the registration went through";
    }
    static constexpr const char* assigned_without_key =
        R"({"operationId":"4.op","status":"assigned","registrationState":{"assignedHub":"hub.test",
        "deviceId":"dev-1"}})";
    const SecretBytes key = SecretBytes(32, 7);
};

TEST_F(OtherAttestations, ASymmetricKeySignsEveryRequestFromTheFirstOn) {
    http.then(202, assigning, 0s).then(200, assigned_without_key);
    EXPECT_EQ(run_by(key).device_id, "dev-1");
    ASSERT_EQ(http.requests.size(), 2U);
    const auto expected = make_sas_token("0ne00000001/registrations/dev-1", time.now() + 1h, "registration",
                                         [&](ByteView data) { return hmac_sha256(key, data); });
    EXPECT_EQ(http.requests[0].authorization, expected.text);
    EXPECT_EQ(http.requests[1].authorization, expected.text);
    EXPECT_EQ(http.requests[0].body, R"({"payload":{"site":7},"registrationId":"dev-1"})");
}

TEST_F(OtherAttestations, ACertificateSpeaksForItselfAndNothingIsSigned) {
    http.then(202, assigning, 0s).then(200, assigned_without_key);
    EXPECT_EQ(run_by(std::nullopt).hub, "hub.test");
    ASSERT_EQ(http.requests.size(), 2U);
    for (const auto& request : http.requests)
        EXPECT_TRUE(request.authorization.empty());
    EXPECT_EQ(http.requests[0].body, R"({"payload":{"site":7},"registrationId":"dev-1"})");
}

TEST_F(OtherAttestations, ARefusalNamesWhatToCompareWithTheEnrollment) {
    constexpr const char* unauthorized = R"({"errorCode":401002,"message":"Unauthorized"})";
    http.then(401, unauthorized).then(401, unauthorized);
    EXPECT_NE(refusal_by(key).find("attestation.keyFile"), std::string::npos);
    EXPECT_NE(refusal_by(std::nullopt).find("the enrollment's certificate"), std::string::npos);
}

TEST_F(OtherAttestations, AChallengeForATpmIsARefusal) {
    http.then(401, challenge).then(401, challenge);
    EXPECT_EQ(refusal_by(key), "no TPM");
    EXPECT_EQ(refusal_by(std::nullopt), "no TPM");
}

}  // namespace
}  // namespace device_agent::cloud
