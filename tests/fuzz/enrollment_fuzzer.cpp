// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/enrollment.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using emulator::dps::EnrollmentKind;

// What is taken is kept as it was: written down and read again, it is the same.
void check(const nlohmann::json& body, EnrollmentKind kind) {
    const std::vector<std::string> hubs{"localhost", "127.0.0.1"};
    try {
        const auto enrollment = emulator::dps::parse_enrollment(body, kind, "dev-1", hubs, nullptr);
        auto document = to_json(enrollment);
        document["attestation"] = to_json_with_secrets(enrollment.mechanism);
        const auto again = emulator::dps::parse_enrollment(document, kind, "dev-1", hubs, nullptr);
        if (to_json(again) != to_json(enrollment)) std::abort();
        if (to_json_with_secrets(again.mechanism) != document["attestation"]) std::abort();
    } catch (const emulator::FormatError&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto body = emulator::http::parse_json(std::string(data, data + size));
        check(body, EnrollmentKind::individual);
        check(body, EnrollmentKind::group);
    } catch (const emulator::FormatError&) {
    }
    return 0;
}
