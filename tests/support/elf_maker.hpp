// SPDX-License-Identifier: Apache-2.0
// Small ELF files of every class and byte order, as a linker would lay them out.
#pragma once

#include <string>
#include <vector>

namespace device_agent::support {

struct ElfRecipe {
    bool is_64_bit = true;
    bool big_endian = false;
    bool is_program = true;
    unsigned machine = 62;  ///< EM_X86_64
    std::string soname = {};
    std::vector<std::string> needed = {};
};

[[nodiscard]] std::string make_elf(const ElfRecipe& recipe);

}  // namespace device_agent::support
