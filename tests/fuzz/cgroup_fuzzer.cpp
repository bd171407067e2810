// SPDX-License-Identifier: Apache-2.0
#include "app_api/unit_name.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

// Whatever a control group is named, a unit has a name of systemd's, and is no user's own service manager.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace device_agent::app_api;
    const std::string text(data, data + size);
    if (const auto unit = unit_of(text)) {
        if (!is_unit_name(*unit) || unit->starts_with("user@")) std::abort();
        if (unit->find('/') != std::string::npos || text.find(*unit) == std::string::npos) std::abort();
    }
    return 0;
}
