// SPDX-License-Identifier: Apache-2.0
// Certificates of devices and of those who make them, for tests.
#pragma once

#include "emulator/openssl_handles.hpp"
#include "foundation/bytes.hpp"
#include "foundation/clock.hpp"

#include <chrono>
#include <string>

namespace emulator::testing {

struct TestCertificate {
    openssl::Certificate certificate;
    openssl::Key key;

    [[nodiscard]] device_agent::Bytes der() const;
    [[nodiscard]] std::string pem() const;
};

struct CertificateOptions {
    bool authority = false;
    device_agent::WallTime from{};  ///< else the start of 2020, before any test's clock
    std::chrono::days life{365 * 40};
};

/// With P-256 keys.
[[nodiscard]] TestCertificate self_signed(const std::string& common_name,
                                          const CertificateOptions& options = {});
[[nodiscard]] TestCertificate issue(const TestCertificate& issuer, const std::string& common_name,
                                    const CertificateOptions& options = {});

}  // namespace emulator::testing
