// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/direct_methods.hpp"

#include "emulator/format_error.hpp"
#include "emulator/hub/refusal.hpp"
#include "emulator/testing/manual_clock.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace emulator::hub {
namespace {

using namespace std::chrono_literals;

class ManualTimer final : public Timer {
public:
    void after(std::chrono::milliseconds delay, std::function<void()> action) override {
        actions_.emplace(now_ + delay, std::move(action));
    }
    void advance(std::chrono::milliseconds by) {
        now_ += by;
        while (!actions_.empty() && actions_.begin()->first <= now_)
            actions_.extract(actions_.begin()).mapped()();
    }

private:
    std::chrono::milliseconds now_{0};
    std::multimap<std::chrono::milliseconds, std::function<void()>> actions_;
};

// A device that keeps what it is asked.
class SilentLink final : public DeviceLink {
public:
    void desired_changed(const nlohmann::json&) override {}
    void message_waiting() override {}
    void invoke(const MethodCall& call, MethodCompletion completion) override {
        last = call;
        done = std::move(completion);
    }
    void close(const std::string&) override {}
    [[nodiscard]] std::optional<std::string> reason_against(const Identity&, const Identity&) const override {
        return std::nullopt;
    }
    MethodCall last{};
    MethodCompletion done{};
};

class DirectMethodsTest : public ::testing::Test {
protected:
    void invoke(const std::string& body) {
        methods.invoke(id, parse_method_request(body), [this](http::Response made) {
            ++answers;
            response = std::move(made);
        });
    }
    testing::ManualClock clock;
    ConnectedDevices connected{clock};
    ManualTimer timer;
    DirectMethods methods{connected, timer};
    const IdentityId id{"hub", "d"};
    std::shared_ptr<SilentLink> link = std::make_shared<SilentLink>();
    http::Response response{};
    int answers = 0;
};

TEST_F(DirectMethodsTest, WhoDoesNotAnswerInTimeIsA504) {
    connected.attach(id, link);
    invoke(R"({"methodName": "m", "responseTimeoutInSeconds": 5})");
    timer.advance(4999ms);
    EXPECT_EQ(answers, 0);
    timer.advance(1ms);
    EXPECT_EQ(response.status, 504);
    EXPECT_EQ(response.headers.find("iothub-errorcode"), "GatewayTimeout");
    link->done(MethodResult{.status = 200});
    EXPECT_EQ(answers, 1) << "too late";
}

TEST_F(DirectMethodsTest, AnAnswerInTimeIsTheOnlyOne) {
    connected.attach(id, link);
    invoke(R"({"methodName": "m", "payload": "x"})");
    EXPECT_EQ(link->last.payload, "\"x\"");
    link->done(MethodResult{.status = 201, .payload = "[1]"});
    EXPECT_EQ(response.body, R"({"payload":[1],"status":201})");
    timer.advance(1h);
    EXPECT_EQ(answers, 1);
}

TEST_F(DirectMethodsTest, WhatIsAnsweredIsKeptNoLonger) {
    connected.attach(id, link);
    const auto kept = std::make_shared<int>();
    methods.invoke(id, parse_method_request(R"({"methodName": "m"})"), [kept](const http::Response&) {});
    std::exchange(link->done, nullptr)(MethodResult{.status = 200});
    EXPECT_EQ(kept.use_count(), 1);
}

TEST_F(DirectMethodsTest, TheConnectTimeoutWaitsForTheDevice) {
    invoke(R"({"methodName": "m", "connectTimeoutInSeconds": 2})");
    timer.advance(1s);
    EXPECT_EQ(answers, 0);
    connected.attach(id, link);
    timer.advance(100ms);
    EXPECT_EQ(link->last.name, "m");
    link->done(MethodResult{.status = 200});
    EXPECT_EQ(response.status, 200);
}

TEST_F(DirectMethodsTest, WhoDoesNotComeIsNotOnline) {
    invoke(R"({"methodName": "m"})");
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.headers.find("iothub-errorcode"), "DeviceNotOnline");
    invoke(R"({"methodName": "m", "connectTimeoutInSeconds": 2})");
    EXPECT_EQ(answers, 1);
    for (int i = 0; i < 20; ++i)
        timer.advance(100ms);
    EXPECT_EQ(answers, 2);
    EXPECT_EQ(response.status, 404);
}

TEST_F(DirectMethodsTest, RequestsAreChecked) {
    for (const auto* body : {"", "[]", "{}", R"({"methodName": ""})", R"({"methodName": 1})",
                             R"({"methodName": "m", "responseTimeoutInSeconds": 4})",
                             R"({"methodName": "m", "responseTimeoutInSeconds": 301})",
                             R"({"methodName": "m", "responseTimeoutInSeconds": "5"})",
                             R"({"methodName": "m", "responseTimeoutInSeconds": 5.5})",
                             R"({"methodName": "m", "connectTimeoutInSeconds": -1})",
                             R"({"methodName": "m", "connectTimeoutInSeconds": 301})"}) {
        EXPECT_THROW(static_cast<void>(parse_method_request(body)), FormatError) << body;
    }
    const auto payload = [](std::size_t size) {
        return R"({"methodName": "m", "payload": ")" + std::string(size - 2, 'x') + "\"}";
    };
    EXPECT_NO_THROW(static_cast<void>(parse_method_request(payload(DirectMethods::largest_payload))));
    EXPECT_THROW(static_cast<void>(parse_method_request(payload(DirectMethods::largest_payload + 1))),
                 Refusal);
}

}  // namespace
}  // namespace emulator::hub
