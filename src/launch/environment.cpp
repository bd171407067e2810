// SPDX-License-Identifier: Apache-2.0
#include "launch/environment.hpp"

#include <algorithm>
#include <unistd.h>

namespace device_agent::launch {
namespace {

bool is_variable(const char* text, const std::string& name) {
    return std::string_view(text).starts_with(name + "=");
}

}  // namespace

void Environment::set(const std::string& name, std::string_view value) {
    SecretText text(name);
    text += "=";
    text += value;
    text += std::string_view("\0", 1);
    std::erase_if(set_, [&](const Variable& variable) { return variable.name == name; });
    set_.push_back({name, std::move(text)});
}

std::vector<char*> Environment::pointers() {
    std::vector<char*> all;
    for (char** inherited = environ; *inherited != nullptr; ++inherited) {
        if (std::ranges::none_of(
                set_, [&](const auto& variable) { return is_variable(*inherited, variable.name); }))
            all.push_back(*inherited);
    }
    // execve() takes pointers to what may change, and changes nothing.
    for (const auto& variable : set_)
        all.push_back(
            const_cast<char*>(variable.text.view().data()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    all.push_back(nullptr);
    return all;
}

}  // namespace device_agent::launch
