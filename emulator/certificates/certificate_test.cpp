// SPDX-License-Identifier: Apache-2.0
#include "emulator/certificates/certificate.hpp"

#include "emulator/format_error.hpp"

#include <gtest/gtest.h>

namespace emulator::certificates {
namespace {

TEST(CertificateText, ThatIsEncryptedIsRefusedAndNobodyIsAskedForItsPassphrase) {
    constexpr auto encrypted =
        "-----BEGIN CERTIFICATE-----\n"
        "Proc-Type: 4,ENCRYPTED\n"
        "DEK-Info: AES-128-CBC,00000000000000000000000000000000\n"
        "\n"
        "AAAAAAAAAAAAAAAAAAAAAA==\n"
        "-----END CERTIFICATE-----\n";
    ::testing::internal::CaptureStderr();
    EXPECT_THROW(static_cast<void>(Certificate::from_text(encrypted)), FormatError);
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace emulator::certificates
