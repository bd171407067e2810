// SPDX-License-Identifier: Apache-2.0
#include "cloud/hub_reply.hpp"
#include "foundation/error.hpp"

#include <cstdlib>
#include <string>

// Whatever the hub answers is understood or refused as Error{network}; a module that authenticates by a key
// has one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace device_agent;
    const std::string body(data, data + size);
    const auto check = [](const cloud::Module& module) {
        if ((module.authentication == "sas") == module.primary_key.empty()) std::abort();
    };
    try {
        check(cloud::parse_module(body));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::network) std::abort();
    }
    try {
        for (const auto& module : cloud::parse_modules(body))
            check(module);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::network) std::abort();
    }
    for (const char c : cloud::describe_hub_error(body)) {
        if (c >= 0 && c < 0x20) std::abort();
    }
    return 0;
}
