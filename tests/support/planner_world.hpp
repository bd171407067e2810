// SPDX-License-Identifier: Apache-2.0
// A world for the planner: a device with slots, two hubs and DPS, changed at random and interrupted at
// random. Every plan that is made in it is checked against what is true in it.
#pragma once

#include "provisioning/plan.hpp"

#include <array>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>

namespace device_agent::provisioning {

class PlannerWorld {
public:
    explicit PlannerWorld(unsigned seed);

    /// Something happens: to the configuration, in the cloud, to the TPM, to the disk.
    void disturb();
    /// Nobody else's things lie in the slots any more, and every module may be had.
    void remove_obstacles();

    struct Run {
        int steps = 1000;            ///< durable changes until it is interrupted
        bool verify = false;         ///< as provision --verify
        bool register_anew = false;  ///< as reprovision
    };
    /// Looks, plans and applies as the provisioner does. Whether it came to its end: not interrupted, no
    /// obstacle.
    bool provision(Run run);
    /// How much the last run changed, in the slots and in the cloud.
    [[nodiscard]] int changes() const noexcept { return changes_; }

    /// Each wanted identity in its slot, none in two, nothing left over, nothing left to do.
    void expect_everything_in_place() const;
    /// And each with the key that the hub knows.
    void expect_every_key_works() const;
    /// No module of ours is in the hub that nobody wants.
    void expect_pruned() const;
    [[nodiscard]] bool prunes() const noexcept { return desired_.prune; }

private:
    struct Content {
        identity::Identity identity;
        int key = 0;

        friend bool operator==(const Content&, const Content&) = default;
    };
    struct ModuleInHub {
        int key = 0;
        std::string generation;
        bool symmetric = true;  ///< otherwise the agent cannot have it
    };
    struct HubSide {
        std::optional<int> device_key;  ///< nothing: the hub does not know the device
        std::map<std::string, ModuleInHub> modules;
    };

    unsigned pick(unsigned count) { return std::uniform_int_distribution<unsigned>(0, count - 1)(random_); }
    void change_configuration();

    [[nodiscard]] Found look() const;
    [[nodiscard]] Plan plan() const { return make_plan(desired_, look()); }

    // What is true.
    [[nodiscard]] const HubSide& side_of(const identity::Identity& who) const;
    [[nodiscard]] const Content* current_device() const;
    [[nodiscard]] bool hub_accepts(const Content* device) const;
    [[nodiscard]] bool works(const Content& content) const;
    [[nodiscard]] bool is_wanted(const identity::Identity& who) const;
    [[nodiscard]] bool is_somewhere(const Content& content) const;
    [[nodiscard]] bool is_twice(const identity::Identity& who) const;
    [[nodiscard]] const Content* content_of(unsigned slot) const;

    // Whether the world gives a reason for an action.
    void expect_reasons(const Plan& plan) const;
    void expect_nothing_stale() const;
    void expect_reason(const RegisterDevice& action) const;
    void expect_reason(const ObtainModule& action) const;
    void expect_reason(const DropStale& action) const;
    void expect_reason(const TakeSlot& action) const;
    void expect_reason(const DiscardStaged& action) const;
    void expect_reason(const EraseSlot& action) const;
    void expect_reason(const PruneModule& action) const;

    // Applying, as the provisioner does; false when interrupted.
    template <typename Change>
    bool step(Change change);
    bool apply_leading(const Plan& plan);
    bool apply(const RegisterDevice& action);
    bool apply(const ObtainModule& action);
    bool apply(const DropStale& action);
    bool apply(const TakeSlot& action);
    bool apply(const DiscardStaged& action);
    bool apply(const EraseSlot& action);
    bool apply(const PruneModule& action);
    bool refuse();
    void compare_with_hub();

    std::mt19937 random_;
    Desired desired_;
    std::map<unsigned, Content> slots_;
    std::map<unsigned, Content> staged_;
    std::set<unsigned> unfinished_;
    std::set<unsigned> foreign_;
    std::optional<Binding> binding_;
    std::optional<Binding> staged_binding_;
    std::string recorded_device_;
    std::string recorded_staged_device_;
    std::map<std::string, std::string> created_;
    std::array<HubSide, 2> hub_sides_;
    std::size_t enrolled_hub_ = 0;
    int last_key_ = 0;
    // What one run learns.
    int steps_ = 0;
    int changes_ = 0;
    bool accepted_ = false;
    bool refused_ = false;
    bool verified_ = false;
    std::map<std::string, HubModule> seen_;
    std::set<std::string> failed_;
};

}  // namespace device_agent::provisioning
