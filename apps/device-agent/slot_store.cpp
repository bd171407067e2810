// SPDX-License-Identifier: Apache-2.0
// `slot store` and `slot erase`: for factories that fill slots themselves.
#include "command.hpp"
#include "foundation/error.hpp"
#include "identity/connection_string.hpp"
#include "slot_table.hpp"
#include "tpm/slot_layout.hpp"

#include <cerrno>
#include <iostream>
#include <system_error>
#include <unistd.h>

namespace device_agent::app {
namespace {

using operations::Operation;

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

// In words what was done, as the documents of both commands tell it.
void tell(unsigned slot, const std::string& sentence) {
    std::cout << name_of(slot) << sentence << std::endl;
}

int store(const Invocation& invocation, unsigned slot) {
    auto text = read_standard_input();
    static_cast<void>(
        identity::parse_connection_string(text.view()));  // what is wrong is told before anything
    const auto done =
        ask(invocation,
            {.kind = Operation::Kind::store_slot, .slot = slot, .connection_string = std::move(text)});
    if (invocation.json) return 0;
    if (!done["stored"].get<bool>()) {
        tell(slot, " holds " + identity_in(done) + " with this key already");
    } else if (done["replaced"].is_string()) {
        tell(slot, " holds " + identity_in(done) + ", in place of " + done["replaced"].get<std::string>());
    } else {
        tell(slot, " holds " + identity_in(done));
    }
    return 0;
}

int erase(const Invocation& invocation, unsigned slot) {
    const auto done = ask(invocation, {.kind = Operation::Kind::erase_slot, .slot = slot});
    if (invocation.json) return 0;
    if (!done["erased"].get<bool>()) {
        tell(slot, " is empty already");
        return 0;
    }
    std::cout << "erased " << name_of(slot);
    if (done["held"].is_string()) {
        std::cout << ", which held " << done["held"].get<std::string>();
    } else {
        std::cout << ", which was not finished";
    }
    if (done["forgot"].is_string())
        std::cout << "; forgot " << done["forgot"].get<std::string>() << ", which waited for it";
    std::cout << ". The hub is left as it is." << std::endl;
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
