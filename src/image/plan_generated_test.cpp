// SPDX-License-Identifier: Apache-2.0
// Images whose applications come and go at random: what must hold after each edit, whatever it was.
#include "image/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace device_agent::image {
namespace {

constexpr unsigned edits = 100;
constexpr unsigned histories = 6;

class History {
public:
    explicit History(unsigned seed) : random_(seed) {}

    // One edit: applications are added, removed, or come back.
    void edit() {
        const auto name = "app" + std::to_string(below(70));
        const auto found = std::ranges::find(applications_, name, [](const auto& app) { return app.name(); });
        if (found != applications_.end()) {
            applications_.erase(found);
        } else if (applications_.size() < 49) {
            Application application;
            application.declaration.name = name;
            application.declaration.priority = below(100);
            applications_.insert(
                applications_.begin() +
                    static_cast<std::ptrdiff_t>(below(static_cast<unsigned>(applications_.size()) + 1)),
                std::move(application));
        }
    }

    [[nodiscard]] const std::vector<Application>& applications() const { return applications_; }
    [[nodiscard]] std::vector<Application> shuffled() {
        auto other = applications_;
        std::ranges::shuffle(other, random_);
        return other;
    }

private:
    unsigned below(unsigned limit) { return std::uniform_int_distribution<unsigned>(0, limit - 1)(random_); }

    std::mt19937 random_;
    std::vector<Application> applications_;
};

std::map<std::string, unsigned> living(const Lock& lock) {
    std::map<std::string, unsigned> slots;
    for (const auto& [name, entry] : lock.applications) {
        if (!entry.removed) slots[name] = entry.slot;
    }
    return slots;
}

void expect_sound(const Plan& plan, const std::vector<Application>& applications) {
    std::set<unsigned> used{0, 1};  // the device's and the agent's
    ASSERT_EQ(plan.assignments.size(), applications.size());
    for (const auto& assignment : plan.assignments) {
        ASSERT_TRUE(assignment.slot);
        EXPECT_LE(*assignment.slot, 50U);
        EXPECT_TRUE(used.insert(*assignment.slot).second) << "slot " << *assignment.slot << " is used twice";
    }
    for (const auto& [name, entry] : plan.lock.applications) {
        const bool is_free = !entry.removed || used.insert(entry.slot).second;
        EXPECT_TRUE(is_free) << "kept slot " << entry.slot << " is in use";
    }
}

class GeneratedImagePlan : public ::testing::TestWithParam<unsigned> {};

TEST_P(GeneratedImagePlan, AssignmentsStayThroughAHundredEdits) {
    History history(GetParam());
    Lock lock;
    bool gave_away = false;
    std::map<std::string, unsigned> last_slot_of;  // also of those that are gone
    for (unsigned i = 0; i < edits; ++i) {
        history.edit();
        const auto before = living(lock);
        const auto result = plan(history.applications(), lock, {}, {});
        expect_sound(result, history.applications());
        const auto after = living(result.lock);
        for (const auto& [name, slot] : after) {
            const auto known = before.find(name);
            EXPECT_TRUE(known == before.end() || known->second == slot) << name << " moved in edit " << i;
            // Who comes back gets the old slot, unless there was no other for somebody else.
            const auto last = last_slot_of.find(name);
            EXPECT_TRUE(gave_away || last == last_slot_of.end() || last->second == slot) << name;
            last_slot_of[name] = slot;
        }
        gave_away = gave_away || !result.notes.empty();
        // The same input in another order, and the result planned again, give the same bytes.
        EXPECT_EQ(to_text(plan(history.shuffled(), lock, {}, {}).lock), to_text(result.lock));
        EXPECT_EQ(to_text(plan(history.applications(), result.lock, {}, {}).lock), to_text(result.lock));
        lock = parse_lock("lock", to_text(result.lock));
    }
}

INSTANTIATE_TEST_SUITE_P(Histories, GeneratedImagePlan, ::testing::Range(0U, histories));

}  // namespace
}  // namespace device_agent::image
