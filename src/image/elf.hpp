// SPDX-License-Identifier: Apache-2.0
// What an ELF file links. Any class, byte order and machine; any bytes will do. (libelf underneath.)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace device_agent::image {

struct ElfLinks {
    bool is_program = false;  ///< it names a program interpreter; a library does not
    std::string soname;
    std::vector<std::string> needed;  ///< in the order of the file
};

/// Nothing when this is no ELF file, or one without dynamic linking. The descriptor stays the caller's; what
/// is read of the file is bounded.
[[nodiscard]] std::optional<ElfLinks> read_elf(int file);
[[nodiscard]] std::optional<ElfLinks> read_elf(std::string_view content);

}  // namespace device_agent::image
