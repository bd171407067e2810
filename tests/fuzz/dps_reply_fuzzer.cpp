// SPDX-License-Identifier: Apache-2.0
#include "cloud/dps_reply.hpp"
#include "foundation/error.hpp"

#include <cstdlib>
#include <string_view>

// Whatever DPS answers is understood or refused as Error{network}; nothing else leaves the parsers.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace device_agent;
    const std::string text(data, data + size);
    const std::string_view body = text;
    try {
        const auto operation = cloud::parse_registration_operation(body);
        if (operation.assignment &&
            (operation.assignment->hub.empty() || operation.assignment->device_id.empty()))
            std::abort();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::network) std::abort();
    }
    try {
        static_cast<void>(cloud::parse_tpm_challenge(body));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::network) std::abort();
    }
    for (const char c : cloud::describe_dps_error(body)) {
        if (c >= 0 && c < 0x20) std::abort();
    }
    return 0;
}
