// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "device.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"
#include "identity/credentials.hpp"
#include "slot_report.hpp"
#include "tpm/slot_layout.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <iostream>

namespace device_agent::app {
namespace {

struct Options {
    unsigned slot = 0;
    unsigned expiry = 0;   // seconds; 0: connectionStringExpiry
    unsigned timeout = 0;  // seconds; 0: no limit
};

// Pauses between two looks at a slot that somebody else fills.
constexpr std::chrono::milliseconds look_interval{500};

int list(const Invocation& invocation) {
    const auto device = open_device(invocation.config_file, invocation.stop);
    device->lock();
    const auto reports = report_slots(*device, device->slot_numbers(), true);
    if (invocation.json) {
        nlohmann::json json{{"slots", nlohmann::json::array()}};
        for (const auto& report : reports)
            json["slots"].push_back(to_json(report));
        std::cout << json.dump(2) << std::endl;
    } else {
        print_slots(std::cout, reports, true);
    }
    return 0;
}

int show(const Invocation& invocation, const Options& options) {
    const auto device = open_device(invocation.config_file, invocation.stop);
    device->lock();
    const auto reports = report_slots(*device, {options.slot}, true);
    if (invocation.json) {
        std::cout << to_json(reports.front()).dump(2) << std::endl;
    } else {
        print_slots(std::cout, reports, true);
    }
    const bool filled = reports.front().slot.state == identity::Slot::State::filled;
    return filled ? 0 : translate(ErrorCode::not_provisioned).exit_code;
}

// It holds no secret and does not expire: the certificate and its key are brought along by whoever connects.
int certificate_connection_string(const Invocation& invocation, const identity::Identity& identity) {
    const auto text = identity::make_x509_connection_string(identity);
    if (invocation.json) {
        std::cout << nlohmann::json{{"connectionString", text.view()},
                                    {"expires", nullptr},
                                    {"identity", identity.text()}}
                         .dump(2)
                  << std::endl;
    } else {
        std::cout << text.view() << std::endl;
    }
    return 0;
}

// A token or a connection string goes to standard output and nowhere else.
int credential(const Invocation& invocation, const Options& options, bool whole_connection_string) {
    const auto device = open_device(invocation.config_file, invocation.stop);
    device->lock();
    const auto slot = device->store().look(std::array{options.slot}).front();
    const auto& configuration = device->configuration();
    const auto life = options.expiry == 0 ? device->token_life() : std::chrono::seconds(options.expiry);
    if (life > configuration.max_token_lifetime) {
        throw Error(ErrorCode::usage, "--expiry " + std::to_string(life.count()) +
                                          " is more than maxTokenLifetime (" +
                                          std::to_string(configuration.max_token_lifetime.count()) +
                                          " s) of the configuration");
    }
    if (whole_connection_string && slot.place == identity::KeyPlace::certificate)
        return certificate_connection_string(invocation, *slot.identity);
    const auto token = identity::mint_token(device->store(), slot, device->now() + life);
    const auto text =
        whole_connection_string ? identity::make_connection_string(*slot.identity, token) : token.text;
    if (invocation.json) {
        const char* name = whole_connection_string ? "connectionString" : "token";
        std::cout << nlohmann::json{{name, text.view()},
                                    {"expires", format_utc(token.expires)},
                                    {"identity", slot.identity->text()}}
                         .dump(2)
                  << std::endl;
    } else {
        std::cout << text.view() << std::endl;
    }
    return 0;
}

int wait(const Invocation& invocation, const Options& options) {
    std::optional<SteadyTime> deadline;
    const SystemClock clock;
    if (options.timeout > 0) deadline = clock.steady_now() + std::chrono::seconds(options.timeout);
    for (;;) {
        // Opened anew for each look: whoever fills the slot needs the lock and the TPM.
        const auto device = open_device(invocation.config_file, invocation.stop);
        device->lock();
        const auto reports = report_slots(*device, {options.slot}, false);
        if (reports.front().slot.state == identity::Slot::State::filled) {
            if (invocation.json) {
                std::cout << to_json(reports.front()).dump(2) << std::endl;
            } else {
                std::cout << "slot " << options.slot << " holds " << reports.front().slot.identity->text()
                          << std::endl;
            }
            return 0;
        }
        auto context = device->context(std::chrono::seconds{0});
        context.deadline = deadline;
        if (!context.allows(look_interval)) {
            throw Error(ErrorCode::not_provisioned, "slot " + std::to_string(options.slot) +
                                                        " is still empty after " +
                                                        std::to_string(options.timeout) + " s");
        }
        device->unlock();
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
            ->check(CLI::PositiveNumber)
            ->type_name("S");
    };

    add("list", "Every slot that the configuration names; each key signs once, to show that it works",
        [&invocation] { return list(invocation); });
    with_number(add("show", "One slot (exit code 4 if it is empty)",
                    [&invocation, options] { return show(invocation, *options); }));
    with_expiry(with_number(add("connection-string", "Print a connection string of the slot's identity",
                                [&invocation, options] { return credential(invocation, *options, true); })));
    with_expiry(with_number(add("token", "Print a SAS token of the slot's identity",
                                [&invocation, options] { return credential(invocation, *options, false); })));
    with_number(add("wait", "Wait until the slot is filled",
                    [&invocation, options] { return wait(invocation, *options); }))
        ->add_option("--timeout", options->timeout,
                     "Give up after so many seconds, with exit code 4; 0: never")
        ->capture_default_str()
        ->type_name("S");
    add_slot_store(*slot, invocation);
}

}  // namespace device_agent::app
