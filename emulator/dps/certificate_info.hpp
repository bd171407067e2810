// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/certificates/certificate.hpp"

#include <nlohmann/json.hpp>

namespace emulator::dps {

/// X509CertificateInfo, as the services write it.
[[nodiscard]] nlohmann::json certificate_info(const certificates::Certificate& certificate);

}  // namespace emulator::dps
