// SPDX-License-Identifier: Apache-2.0
#include "attestation/enrollment_info.hpp"

#include <gtest/gtest.h>

namespace device_agent::attestation {
namespace {

const EnrollmentInfo by_tpm{"dev-1", Bytes{0x00, 0x02, 0xfb, 0xff}};
const EnrollmentInfo by_certificate{
    "dev-1", CertificateFacts{"dev-1", "CN=dev-1", "CN=plant", "-----BEGIN…\n", "AB01", "CD02", 2}};
const EnrollmentInfo by_symmetric_key{"dev-1", SymmetricKeyInfo{}};

TEST(EnrollmentInfo, AsTextHasEveryValue) {
    EXPECT_EQ(to_text(by_tpm),
              "Registration id:  dev-1\nAttestation:      tpm\nEndorsement key:  AAL7/w==\n");
    EXPECT_EQ(to_text(by_certificate),
              "Registration id:  dev-1\nAttestation:      x509\nSubject:          CN=dev-1\n"
              "Issuer:           CN=plant\nSHA-1:            AB01\nSHA-256:          CD02\n"
              "Certificates:     2\n");
    EXPECT_EQ(to_text(by_symmetric_key), "Registration id:  dev-1\nAttestation:      symmetricKey\n");
}

TEST(EnrollmentInfo, AsJsonIsAnArrayOfOneIndividualEnrollment) {
    EXPECT_EQ(
        to_compact_json(by_tpm),
        R"([{"registrationId":"dev-1","attestation":{"type":"tpm","tpm":{"endorsementKey":"AAL7/w=="}}}])");
    EXPECT_EQ(
        to_compact_json(by_certificate),
        R"([{"registrationId":"dev-1","attestation":{"type":"x509","x509":{"clientCertificates":{"primary":)"
        R"({"certificate":"-----BEGIN…\n"}}}}}])");
    EXPECT_EQ(to_compact_json(by_symmetric_key),
              R"([{"registrationId":"dev-1","attestation":{"type":"symmetricKey"}}])");
    std::string without_space;
    for (const char c : to_json(by_tpm)) {
        if (c != ' ' && c != '\n') without_space += c;
    }
    EXPECT_EQ(without_space, to_compact_json(by_tpm));
}

TEST(EnrollmentInfo, AsCsvHasAHeaderAndOneRow) {
    EXPECT_EQ(to_csv(by_tpm), "registrationId,attestation,endorsementKey\ndev-1,tpm,AAL7/w==\n");
    EXPECT_EQ(to_csv(by_certificate), "registrationId,attestation,endorsementKey\ndev-1,x509,\n");
    EXPECT_EQ(to_csv(by_symmetric_key), "registrationId,attestation,endorsementKey\ndev-1,symmetricKey,\n");
}

}  // namespace
}  // namespace device_agent::attestation
