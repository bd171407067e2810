// SPDX-License-Identifier: Apache-2.0
// `slot store` and `slot erase`: for factories that fill slots themselves.
#include "command.hpp"
#include "device.hpp"
#include "foundation/digest.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"
#include "identity/connection_string.hpp"
#include "slot_report.hpp"
#include "tpm/slot_layout.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <iostream>
#include <system_error>
#include <unistd.h>

namespace device_agent::app {
namespace {

using identity::Slot;

constexpr std::chrono::seconds lock_patience{60};

std::string name_of(unsigned slot) {
    return "slot " + std::to_string(slot);
}

// By read(), since a stream would keep a copy of the key in its buffer.
SecretText read_standard_input() {
    constexpr std::size_t longest = 1024;  // a hub's names and a key of 64 bytes take half of it
    if (::isatty(STDIN_FILENO) != 0) {
        throw Error(
            ErrorCode::usage,
            "the connection string is read from standard input, so that nobody sees it: `device-agent "
            "slot store N < FILE`");
    }
    std::vector<char, WipingAllocator<char>> buffer(longest + 1);
    std::size_t size = 0;
    while (size < buffer.size()) {
        const auto got = ::read(STDIN_FILENO, buffer.data() + size, buffer.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            throw Error(ErrorCode::usage,
                        "cannot read standard input: " + std::generic_category().message(errno));
        }
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size > longest) {
        throw Error(ErrorCode::usage, "standard input holds more than " + std::to_string(longest) +
                                          " bytes: give one connection string");
    }
    const std::string_view text(buffer.data(), size);
    return SecretText(text.substr(0, text.find_last_not_of("\r\n") + 1));
}

void require_ours(const Slot& slot) {
    if (slot.state != Slot::State::foreign) return;
    throw Error(ErrorCode::tpm,
                name_of(slot.number) + " cannot be used, and is left as it is: " + slot.remark +
                    "; move our slots by tpm.keyHandleBase and tpm.nvIndexBase, or clear it by "
                    "the program that made it");
}

// Two programs never share an identity: the hub would throw the first one out when the second connects.
void require_no_other_home(Device& device, const identity::Identity& identity, unsigned slot) {
    for (const auto& other : device.store().look_everywhere({})) {
        if (other.number == slot || other.identity != identity) continue;
        throw Error(ErrorCode::usage, name_of(other.number) + " holds " + identity.text() +
                                          " already, and two slots never hold one identity: erase it first "
                                          "(`device-agent slot erase " +
                                          std::to_string(other.number) + "`)");
    }
}

bool holds(Device& device, const Slot& slot, const identity::KeyedIdentity& wanted) {
    if (slot.state != Slot::State::filled || slot.identity != wanted.identity) return false;
    if (slot.place == identity::KeyPlace::certificate) return false;
    const auto probe = as_bytes("device-agent: is this the key?");
    try {
        return device.store().sign(slot.number, probe) == hmac_sha256(wanted.key, probe);
    } catch (const tpm::AuthRefused&) {
        return false;
    }
}

void warn_of_the_configuration(const Device& device, const identity::Identity& identity, unsigned slot) {
    const auto& configuration = device.configuration();
    if (!configuration.uses_dps()) return;
    for (const auto& module : configuration.modules()) {
        if (module.slot != slot || module.id == identity.module) continue;
        log::warning(
            "the configuration wants another module in this slot: `device-agent provision` will put "
            "it there",
            {{"slot", std::to_string(slot)}, {"module", module.id}});
    }
}

void tell(const Invocation& invocation, Device& device, unsigned slot, const std::string& sentence,
          nlohmann::json more) {
    if (!invocation.json) {
        std::cout << sentence << std::endl;
        return;
    }
    more.update(to_json(report_slots(device, {slot}, false).front()));
    std::cout << more.dump(2) << std::endl;
}

nlohmann::json text_or_null(const std::optional<identity::Identity>& identity) {
    return identity ? nlohmann::json(identity->text()) : nlohmann::json();
}

int store(const Invocation& invocation, unsigned number) {
    auto wanted = identity::parse_connection_string(read_standard_input().view());
    const auto device = open_device(invocation.config_file, invocation.stop);
    device->lock_for_change(device->context(lock_patience));
    auto& slots = device->store();
    const auto old = slots.look(std::array{number}).front();
    require_ours(old);
    require_no_other_home(*device, wanted.identity, number);
    warn_of_the_configuration(*device, wanted.identity, number);
    if (holds(*device, old, wanted)) {
        tell(invocation, *device, number,
             name_of(number) + " holds " + wanted.identity.text() + " with this key already",
             {{"stored", false}, {"replaced", nullptr}});
        return 0;
    }
    // What the slot holds stays in use until the new key is durable and has signed once.
    const auto text = wanted.identity.text();
    slots.require_room(std::array{number});
    slots.stage({{number, wanted.identity, std::move(wanted.key)}});
    slots.finish(std::array{number});
    tell(invocation, *device, number,
         name_of(number) + " holds " + text + (old.identity ? ", in place of " + old.identity->text() : ""),
         {{"stored", true}, {"replaced", text_or_null(old.identity)}});
    return 0;
}

int erase(const Invocation& invocation, unsigned number) {
    const auto device = open_device(invocation.config_file, invocation.stop);
    device->lock();
    const auto old = device->store().look(std::array{number}).front();
    require_ours(old);
    const bool holds_something = old.state != Slot::State::empty || old.staged;
    if (holds_something) device->store().erase(number);
    std::string sentence = name_of(number) + " is empty already";
    if (holds_something) {
        sentence = "erased " + name_of(number) +
                   (old.identity ? ", which held " + old.identity->text() : ", which was not finished");
        if (old.staged) sentence += "; forgot " + old.staged->text() + ", which waited for it";
        sentence += ". The hub is left as it is.";
    }
    tell(invocation, *device, number, sentence,
         {{"erased", holds_something}, {"held", text_or_null(old.identity)}});
    return 0;
}

}  // namespace

void add_slot_store(CLI::App& slot, Invocation& invocation) {
    const auto add = [&](const char* name, const char* help, int (*work)(const Invocation&, unsigned)) {
        auto* command = slot.add_subcommand(name, help);
        const auto number = std::make_shared<unsigned>(0);
        command->add_option("N", *number, "Slot number")->required()->check(CLI::Range(0U, tpm::last_slot));
        command->callback([&invocation, number, work] {
            invocation.run = [&invocation, number, work] { return work(invocation, *number); };
        });
        return command;
    };
    add("store", "Put the identity of a connection string into the slot", store)
        ->footer(
            "\nThe connection string, with its SharedAccessKey, is read from standard input. What the slot\n"
            "holds is replaced when the new key is in hand. The hub is not asked.");
    add("erase", "Empty the slot; the hub is left alone", erase);
}

}  // namespace device_agent::app
