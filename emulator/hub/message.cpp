// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/message.hpp"

namespace emulator::hub {

std::optional<std::string> find_property(const MessageProperties& properties, std::string_view name) {
    for (const auto& [known, value] : properties) {
        if (known == name) return value;
    }
    return std::nullopt;
}

std::size_t Message::size() const {
    auto total = body.size();
    for (const auto* properties : {&system, &application}) {
        for (const auto& [name, value] : *properties)
            total += name.size() + value.size();
    }
    return total;
}

}  // namespace emulator::hub
