// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "foundation/call_context.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"
#include "slot_table.hpp"
#include "tpm/slot_layout.hpp"

#include <iostream>
#include <optional>

namespace device_agent::app {
namespace {

using operations::Operation;

struct Options {
    unsigned slot = 0;
    std::optional<unsigned> expiry;  // seconds; none: connectionStringExpiry
    unsigned timeout = 0;            // seconds; 0: no limit
};

// Pauses between two looks at a slot that somebody else fills.
constexpr std::chrono::milliseconds look_interval{500};

int list(const Invocation& invocation) {
    const auto document = ask(invocation, {.kind = Operation::Kind::list_slots});
    if (!invocation.json) print_slots(std::cout, document["slots"], true);
    return 0;
}

int show(const Invocation& invocation, const Options& options) {
    const auto slot = ask(invocation, {.kind = Operation::Kind::show_slot, .slot = options.slot});
    if (!invocation.json) print_slots(std::cout, nlohmann::json::array({slot}), true);
    return slot["state"] == "filled" ? 0 : translate(ErrorCode::not_provisioned).exit_code;
}

// A token or a connection string goes to standard output and nowhere else.
int credential(const Invocation& invocation, const Options& options, Operation::Kind kind, const char* name) {
    if (options.expiry == 0U) throw Error(ErrorCode::usage, "--expiry is at least 1 second");
    Operation operation{.kind = kind, .slot = options.slot};
    if (options.expiry) operation.expiry = std::chrono::seconds(*options.expiry);
    const auto document = ask(invocation, operation);
    if (!invocation.json) std::cout << document[name].get_ref<const std::string&>() << std::endl;
    return 0;
}

int wait(const Invocation& invocation, const Options& options) {
    SystemClock clock;
    RandomJitter jitter;
    CallContext context{clock, jitter, std::nullopt, invocation.stop};
    if (options.timeout > 0) context.deadline = clock.steady_now() + std::chrono::seconds(options.timeout);
    const Operation look{.kind = Operation::Kind::show_slot, .slot = options.slot};
    for (;;) {
        // Opened anew for each look: whoever fills the slot needs the lock and the TPM.
        auto agent = operations::open_agent(load_configuration(invocation), invocation.stop);
        const auto text = agent->perform(look, {});
        const auto slot = nlohmann::json::parse(text.view());
        if (slot["state"] == "filled") {
            if (invocation.json) {
                std::cout << text.view() << std::flush;
            } else {
                std::cout << "slot " << options.slot << " holds " << identity_in(slot) << std::endl;
            }
            return 0;
        }
        if (!context.allows(look_interval)) {
            throw Error(ErrorCode::not_provisioned, "slot " + std::to_string(options.slot) +
                                                        " is still empty after " +
                                                        std::to_string(options.timeout) + " s");
        }
        agent.reset();
        log::debug("slot " + std::to_string(options.slot) + " is empty; looking again");
        context.wait(look_interval);
    }
}

}  // namespace

void add_slot(CLI::App& program, Invocation& invocation) {
    auto* slot = program.add_subcommand(
        "slot", "Look at the slots, get credentials of their identities, fill and empty them");
    slot->require_subcommand(1);
    slot->fallthrough();
    const auto options = std::make_shared<Options>();

    const auto add = [&](const char* name, const char* help, std::function<int()> work) {
        auto* command = slot->add_subcommand(name, help);
        command->callback([&invocation, work = std::move(work)] { invocation.run = work; });
        return command;
    };
    const auto with_number = [&](CLI::App* command) {
        command->add_option("N", options->slot, "Slot number")
            ->required()
            ->check(CLI::Range(0U, tpm::last_slot));
        return command;
    };
    const auto with_expiry = [&](CLI::App* command) {
        command
            ->add_option("--expiry", options->expiry,
                         "Life of the token in seconds (default: connectionStringExpiry)")
            ->type_name("S");
    };

    add("list", "Every slot that the configuration names; each key signs once, to show that it works",
        [&invocation] { return list(invocation); });
    with_number(add("show", "One slot (exit code 4 if it is empty)",
                    [&invocation, options] { return show(invocation, *options); }));
    with_expiry(with_number(
        add("connection-string", "Print a connection string of the slot's identity", [&invocation, options] {
            return credential(invocation, *options, Operation::Kind::slot_connection_string,
                              "connectionString");
        })));
    with_expiry(with_number(add("token", "Print a SAS token of the slot's identity", [&invocation, options] {
        return credential(invocation, *options, Operation::Kind::slot_token, "token");
    })));
    with_number(add("wait", "Wait until the slot is filled",
                    [&invocation, options] { return wait(invocation, *options); }))
        ->add_option("--timeout", options->timeout,
                     "Give up after so many seconds, with exit code 4; 0: never")
        ->capture_default_str()
        ->type_name("S");
    add_slot_store(*slot, invocation);
}

}  // namespace device_agent::app
