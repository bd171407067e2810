// SPDX-License-Identifier: Apache-2.0
// What the tests of applying a plan share: the scenario (the device in slot 0, dmModule in slot 1, AppB in
// slot 2), slots, DPS and hubs in memory, and a journal of what reaches them in which order.
#pragma once

#include "foundation/error.hpp"
#include "provisioning/provisioner.hpp"
#include "tests/fakes/fake_attestation.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_cloud.hpp"
#include "tests/fakes/fake_slot_store.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace device_agent::provisioning {

using Lines = std::vector<std::string>;

class ProvisionerTest : public ::testing::Test {
protected:
    const identity::Identity device{"hub-1.test", "dev-1", std::nullopt};

    /// One run of the agent: it knows nothing but the slots and the record. What it reached is in `journal`
    /// and `progress`, which begin anew.
    void provision() {
        journal.clear();
        progress.clear();
        Provisioner(goal, services()).provision(context);
    }
    /// A run that ends where the journal comes to this line, which takes no effect.
    void interrupt_at(const std::string& last) {
        interfere = [&](const std::string& line) {
            if (line == last) throw std::runtime_error("interrupted");
        };
        EXPECT_THROW(provision(), std::runtime_error);
        EXPECT_EQ(journal.back(), last);
        interfere = [](const std::string&) {};
    }
    /// The error that the run ends with.
    [[nodiscard]] Error failure() {
        try {
            provision();
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "provision() did not fail";
        return {ErrorCode::internal, "no error"};
    }
    /// What the run wrote to the log.
    [[nodiscard]] std::string log_of(const std::function<void()>& run) {
        ::testing::internal::CaptureStderr();
        try {
            run();
        } catch (...) {
            static_cast<void>(::testing::internal::GetCapturedStderr());
            throw;
        }
        return ::testing::internal::GetCapturedStderr();
    }

    [[nodiscard]] Services services() {
        return {store,         attestation,
                time,          [&] { return cloud.connect(); },
                folder.path(), [&](const std::string& line) { progress.push_back(line); }};
    }
    [[nodiscard]] Record record() const { return read_record(folder.path()); }
    /// Whether the slot holds the identity with the key that its hub knows.
    [[nodiscard]] bool works(unsigned slot, const identity::Identity& who) {
        const auto content = slots.filled.find(slot);
        if (content == slots.filled.end() || content->second.identity != who) return false;
        const auto& hub = cloud.hubs[who.hub];
        if (!who.module) return hub.device_key == content->second.key;
        const auto module = hub.modules.find(*who.module);
        return module != hub.modules.end() && module->second.primary_key == content->second.key;
    }
    void expect_scenario_on(const identity::Identity& who) {
        EXPECT_TRUE(works(0, who));
        EXPECT_TRUE(works(1, who.module_identity("dmModule")));
        EXPECT_TRUE(works(2, who.module_identity("AppB")));
        EXPECT_TRUE(slots.staged.empty());
    }

    /// Called with each line of the journal, before it takes effect.
    std::function<void(const std::string&)> interfere = [](const std::string&) {};
    Lines journal;
    Lines progress;
    std::function<void(const std::string&)> note = [&](const std::string& line) {
        journal.push_back(line);
        interfere(line);
    };

    fakes::FakeSlots slots;
    fakes::FakeSlotStore store{slots, note};
    fakes::FakeCloud cloud{note};
    fakes::FakeAttestation attestation;
    fakes::FakeClock clock;
    fakes::FixedJitter jitter;
    cloud::ServiceTime time{clock};
    fakes::TemporaryFolder folder;
    std::stop_source stop;
    CallContext context{clock, jitter, std::nullopt, stop.get_token()};

    Goal goal = [] {
        Goal wanted;
        wanted.desired.binding = {"dps.test", "0ne1", "reg-1", "tpm"};
        wanted.desired.device_slot = 0;
        wanted.desired.modules = {{"dmModule", 1}, {"AppB", 2}};
        wanted.machine = "machine-1";
        return wanted;
    }();
};

/// The same, provisioned.
class ProvisionedTest : public ProvisionerTest {
protected:
    void SetUp() override {
        provision();
        expect_scenario_on(device);
    }
};

}  // namespace device_agent::provisioning
