// SPDX-License-Identifier: Apache-2.0
// From the files that link something to the programs that connect.
#pragma once

#include "image/elf.hpp"
#include "image/facts.hpp"

#include <vector>

namespace device_agent::image {

struct ElfFile {
    std::string path;
    FileId id;
    ElfLinks links;
};

/// One piece of evidence for each program that links an SDK or client, itself or through other libraries of
/// the image. A library that is only installed is none.
[[nodiscard]] std::vector<Evidence> evidence_of(const std::vector<ElfFile>& files);

}  // namespace device_agent::image
