// SPDX-License-Identifier: Apache-2.0
#include "app_api/unit_credential.hpp"
#include "app_api/unit_name.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

// Whatever a peer names its socket, only an address of systemd's form names a unit, and can be told from its
// parts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace device_agent::app_api;
    const std::string address(data, data + size);
    if (const auto credential = parse_unit_address(address)) {
        if (!is_unit_name(credential->unit) || credential->name.empty()) std::abort();
        if (!address.ends_with("/unit/" + credential->unit + '/' + credential->name)) std::abort();
    }
    return 0;
}
