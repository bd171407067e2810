// SPDX-License-Identifier: Apache-2.0
#include "emulator/format_error.hpp"
#include "emulator/sas/token.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

// Whatever a client sends as a token is parsed or refused by name; what is parsed was in the text as it was
// sent, and no key of the fuzzer's has made its signature.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    try {
        const auto token = emulator::sas::parse_token(text);
        if (text.find(token.resource_as_sent) == std::string::npos) std::abort();
        if (text.find(token.expiry_as_sent) == std::string::npos) std::abort();
        const std::array<std::uint8_t, 32> key{};
        if (emulator::sas::signed_by(token, key)) std::abort();
        if (!emulator::sas::is_for(token, token.resource)) std::abort();
    } catch (const emulator::FormatError&) {
    }
    return 0;
}
