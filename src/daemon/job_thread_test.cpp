// SPDX-License-Identifier: Apache-2.0
#include "daemon/job_thread.hpp"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

namespace device_agent::daemon {
namespace {

using Urgency = JobThread::Urgency;

TEST(JobThread, DoesAllJobsOnOneThreadOfItsOwn) {
    JobThread thread("test");
    std::thread::id first;
    std::thread::id second;
    thread.run([&] { first = std::this_thread::get_id(); });
    thread.run([&] { second = std::this_thread::get_id(); });
    EXPECT_EQ(first, second);
    EXPECT_NE(first, std::this_thread::get_id());
}

TEST(JobThread, AnApplicationGoesBeforeWhoeverElseWaits) {
    std::vector<std::string> order;
    {
        JobThread thread("test");
        std::promise<void> gate;
        thread.post([opened = gate.get_future().share()] { opened.wait(); });
        thread.post([&] { order.emplace_back("usual"); });
        thread.post([&] { order.emplace_back("first token"); }, Urgency::application);
        thread.post([&] { order.emplace_back("second token"); }, Urgency::application);
        gate.set_value();
    }
    EXPECT_EQ(order, (std::vector<std::string>{"first token", "second token", "usual"}));
}

TEST(JobThread, ThrowsToWhoWaitsWhatTheJobThrew) {
    JobThread thread("test");
    EXPECT_THROW(thread.run([] { throw std::runtime_error("refused"); }), std::runtime_error);
    thread.run([] {});
}

TEST(JobThread, AJobMayHaveAnotherOneDone) {
    JobThread thread("test");
    bool done = false;
    thread.run([&] { thread.run([&] { done = true; }); });
    EXPECT_TRUE(done);
}

}  // namespace
}  // namespace device_agent::daemon
