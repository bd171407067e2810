// SPDX-License-Identifier: Apache-2.0
#include "image/plan.hpp"

#include "command.hpp"
#include "config/specification.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/error.hpp"
#include "image/image_configuration.hpp"
#include "image/planned_files.hpp"
#include "image/printable.hpp"
#include "image/scan.hpp"
#include "output.hpp"

#include <iostream>
#include <memory>

namespace device_agent::image_app {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::filesystem::path lock;
    std::filesystem::path base;
    std::filesystem::path output;
    std::vector<std::string> include;
    std::vector<std::string> forget;
    bool dry_run = false;
    image::PlanOptions plan;
};

// A plan with all that is to be written for it.
struct Work {
    image::Plan plan;
    std::vector<image::Change> changes;
    std::vector<std::string> notes;
    image::PlannedFile configuration;
};

image::Lock read_lock(const std::filesystem::path& file) {
    const auto text = read_file(file);
    return text ? image::parse_lock(image::printable(file.native()), *text) : image::Lock{};
}

Work prepare(const Options& options, const image::RootFilesystem& root) {
    const auto lock = read_lock(options.lock);
    const auto facts = image::scan(root);
    auto problems = facts.problems;
    const auto applications = image::find_applications(facts, problems);
    if (!problems.empty()) throw config::ConfigurationError(std::move(problems));
    const bool has_base = !options.base.empty();
    const auto base = has_base ? image::read_base(image::ConfigurationTexts::of_file(options.base), nullptr)
                               : image::read_base(image::ConfigurationTexts::of_image(root), &lock);

    Work work;
    work.plan = image::plan(applications, lock, base.slots, options.plan);
    auto planned = image::planned_files(facts, base, work.plan);
    image::remove_stale_drop_ins(root, planned);
    work.configuration = planned.files.front();
    work.changes = image::changes(root, planned.files);
    work.notes = work.plan.notes;
    work.notes.insert(work.notes.end(), planned.notes.begin(), planned.notes.end());
    if (!base.has_scope)
        work.notes.emplace_back(
            "No file names the dpsScopeId yet: give a configuration to extend with --base FILE.");
    return work;
}

Json report_of(const Work& work) {
    auto assignments = Json::array();
    for (const auto& [application, slot, is_new] : work.plan.assignments) {
        auto entry = to_json(application);
        entry["slot"] = slot ? Json(*slot) : Json();
        entry["new"] = is_new;
        assignments.push_back(std::move(entry));
    }
    auto reserved = Json::array();
    for (const auto& [name, entry] : work.plan.lock.applications) {
        if (entry.removed) reserved.push_back({{"name", name}, {"slot", entry.slot}});
    }
    auto files = Json::array();
    for (const auto& [file, before] : work.changes) {
        files.push_back({{"path", file.path},
                         {"change", !file.content ? "removed"
                                    : before      ? "changed"
                                                  : "new"},
                         {"content", file.content ? Json(*file.content) : Json()}});
    }
    return {{"assignments", std::move(assignments)},
            {"reserved", std::move(reserved)},
            {"notPlanned", to_json(work.plan.not_planned)},
            {"files", std::move(files)},
            {"notes", work.notes}};
}

void print_text(const Work& work, bool with_changes) {
    for (const auto& [application, slot, is_new] : work.plan.assignments) {
        std::cout << (slot ? "slot " + std::to_string(*slot) : "device identity") << ": "
                  << image::printable(application.name()) << (is_new ? " (new)" : "") << '\n';
    }
    for (const auto& [name, entry] : work.plan.lock.applications) {
        if (entry.removed)
            std::cout << "slot " << entry.slot << ": kept for " << image::printable(name)
                      << ", which is gone\n";
    }
    if (!work.plan.not_planned.empty())
        std::cout << "Not planned, for only evidence speaks for them (--include NAME plans one):\n";
    for (const auto& candidate : work.plan.not_planned)
        print(std::cout, candidate);
    for (const auto& change : work.changes) {
        if (with_changes) std::cout << image::describe(change);
    }
    for (const auto& note : work.notes)
        std::cerr << "note: " << note << '\n';
}

void write(const image::RootFilesystem& root, const Options& options, const Work& work) {
    constexpr unsigned for_everybody = 0644;
    if (options.output.empty()) {
        image::write_changes(root, work.changes);
    } else {
        write_durably(options.output, *work.configuration.content, work.configuration.mode);
    }
    // Last: what is not in the image yet must not be promised.
    write_durably(options.lock, image::to_text(work.plan.lock), for_everybody);
}

int plan(const Invocation& invocation, Options& options) {
    const image::RootFilesystem root(invocation.root);
    options.plan.include = {options.include.begin(), options.include.end()};
    options.plan.forget = {options.forget.begin(), options.forget.end()};
    if (options.plan.first_slot > options.plan.last_slot)
        throw Error(ErrorCode::usage, "--first-slot is behind --last-slot; name a range of slots");
    const auto work = prepare(options, root);
    if (!options.dry_run) write(root, options, work);
    if (invocation.json) {
        print(std::cout, report_of(work));
    } else {
        print_text(work, options.dry_run);
    }
    return 0;
}

}  // namespace

void add_plan(CLI::App& program, Invocation& invocation) {
    const auto options = std::make_shared<Options>();
    auto* command = program.add_subcommand(
        "plan",
        "Give every application a module and a slot, and write configuration, drop-ins and lock file");
    command->add_option("--lock", options->lock, "Keeps the slots; made when it is not there")
        ->type_name("FILE")
        ->required();
    command
        ->add_option("--base", options->base, "The configuration to extend, in the place of the image's own")
        ->type_name("FILE");
    command
        ->add_option("--output", options->output,
                     "Write the configuration into this file, and nothing into the root file system")
        ->type_name("FILE");
    command->add_option("--include", options->include, "Plan a candidate, too")->type_name("NAME");
    command->add_flag("--all-candidates", options->plan.all_candidates, "Plan every candidate");
    command->add_option("--forget", options->forget, "Give up the slot of an application that is gone")
        ->type_name("NAME");
    const CLI::Range slots(0, static_cast<int>(config::last_slot));
    command->add_option("--first-slot", options->plan.first_slot, "New applications get no lower slot")
        ->check(slots)
        ->capture_default_str();
    command->add_option("--last-slot", options->plan.last_slot, "New applications get no higher slot")
        ->check(slots)
        ->capture_default_str();
    command->add_flag("--dry-run", options->dry_run, "Print what would be written, and write nothing");
    command->callback([&invocation, options] {
        invocation.run = [&invocation, options] { return plan(invocation, *options); };
    });
}

}  // namespace device_agent::image_app
