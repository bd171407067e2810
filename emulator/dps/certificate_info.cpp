// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/certificate_info.hpp"

#include "emulator/dps/refusal.hpp"

namespace emulator::dps {

nlohmann::json certificate_info(const certificates::Certificate& certificate) {
    return {{"subjectName", certificate.subject()},
            {"sha1Thumbprint", certificate.sha1_thumbprint()},
            {"sha256Thumbprint", certificate.sha256_thumbprint()},
            {"issuerName", certificate.issuer()},
            {"notBeforeUtc", format_time(certificate.not_before())},
            {"notAfterUtc", format_time(certificate.not_after())},
            {"serialNumber", certificate.serial_number()},
            {"version", certificate.version()}};
}

}  // namespace emulator::dps
