// SPDX-License-Identifier: Apache-2.0
// The files of the web page, built into the program (cmake/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace emulator::page {

struct Asset {
    std::string_view name;
    std::string_view content;
};

[[nodiscard]] std::span<const Asset> assets();

}  // namespace emulator::page
