// SPDX-License-Identifier: Apache-2.0
#include "emulator/unique_id.hpp"

#include "foundation/digest.hpp"
#include "foundation/encoding.hpp"

#include <cstdint>

namespace emulator {

std::string new_guid() {
    auto bytes = device_agent::random_bytes(16);
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | 0x40U);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);
    std::string text = device_agent::hex_encode(bytes);
    for (const std::size_t dash : {8U, 13U, 18U, 23U})
        text.insert(dash, 1, '-');
    return text;
}

std::string new_etag() {
    return device_agent::base64_encode(device_agent::random_bytes(9));
}

std::string new_generation_id() {
    std::uint64_t number = 0;
    for (const auto byte : device_agent::random_bytes(8))
        number = (number << 8U) | byte;
    constexpr std::uint64_t first = 100'000'000'000'000'000;
    return std::to_string(first + number % (9 * first));
}

std::string new_base64_key() {
    return device_agent::base64_encode(device_agent::random_bytes(32));
}

}  // namespace emulator
