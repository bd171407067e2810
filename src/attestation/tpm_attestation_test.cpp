// SPDX-License-Identifier: Apache-2.0
// The whole of TPM attestation against a real TPM in software, with the service's side made in software.
#include "attestation/tpm_attestation.hpp"

#include "attestation/dps_key_blob.hpp"
#include "foundation/digest.hpp"
#include "foundation/encoding.hpp"
#include "tests/support/credential_maker.hpp"
#include "tests/support/esys_tpm_fixture.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <set>

namespace device_agent::attestation {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

class TpmAttestationTest : public tpm::EsysTpmTest {
protected:
    const Bytes key = random_bytes(32);
    const std::unique_ptr<tpm::Tpm> tpm = tpm::open({.tcti = swtpm.tcti()}, clock);
    TpmAttestation attestation{*tpm};
    const TpmEvidence evidence = attestation.evidence().tpm.value();

    [[nodiscard]] support::KeyBlob challenge() const {
        return support::make_key_blob({evidence.endorsement_key, evidence.storage_root_key}, key,
                                      support::BlobSecrets::random());
    }
    std::string refusal_of(const Bytes& blob) {
        try {
            static_cast<void>(attestation.answer(blob, as_bytes("text")));
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::tpm);
            return error.what();
        }
        return "no refusal";
    }
};

TEST_F(TpmAttestationTest, IsOfTheKindTpmAndShowsBothPrimaryKeys) {
    EXPECT_EQ(attestation.kind(), "tpm");
    static_cast<void>(
        swtpm.shell("tpm2_readpublic -Q -c 0x81010001 -f tss -o ek.pub && "
                    "tpm2_readpublic -Q -c 0x81000001 -f tss -o srk.pub"));
    EXPECT_EQ(evidence.endorsement_key, file("ek.pub"));
    EXPECT_EQ(evidence.storage_root_key, file("srk.pub"));
}

TEST_F(TpmAttestationTest, AnswersAChallengeAndKeepsNothingOfIt) {
    const std::string before = contents();
    for (const std::size_t length : {200U, 3000U}) {
        const Bytes data = random_bytes(length);
        EXPECT_EQ(attestation.answer(challenge().bytes(), data), hmac_sha256(key, data));
    }
    EXPECT_EQ(contents(), before);
}

TEST_F(TpmAttestationTest, ImportsTheDeviceKeyUnderItsAuthValue) {
    const SecretBytes auth(32, 0x41);
    const tpm::WrappedKey imported = tpm->with([&](tpm::Sequence& sequence) {
        return sequence.import_key(parse_dps_key_blob(challenge().bytes()), auth);
    });
    const Sha256 mac =
        tpm->with([&](tpm::Sequence& sequence) { return sequence.hmac(imported, as_bytes("text"), auth); });
    EXPECT_EQ(mac, hmac_sha256(key, as_bytes("text")));
}

/// Where the lengths are: two bytes before each field, and those inside of them.
std::set<std::size_t> positions_of_lengths(const support::KeyBlob& blob) {
    std::set<std::size_t> result;
    const auto add = [&](std::size_t position) { result.insert({position, position + 1}); };
    for (std::size_t field = 1; field <= 6; ++field)
        add(blob.offset_of(field));
    add(blob.offset_of(1) + 2);   // integrity
    add(blob.offset_of(3) + 2);   // integrity
    add(blob.offset_of(5) + 10);  // policy
    add(blob.offset_of(5) + 16);  // unique
    return result;
}

std::size_t field_at(const support::KeyBlob& blob, std::size_t position) {
    std::size_t field = 6;
    while (position < blob.offset_of(field))
        --field;
    return field;
}

TEST_F(TpmAttestationTest, AnyChangedByteOfAChallengeIsRefusedByName) {
    const support::KeyBlob blob = challenge();
    const Bytes whole = blob.bytes();
    const auto lengths = positions_of_lengths(blob);
    const std::string before = contents();
    ASSERT_EQ(attestation.answer(whole, as_bytes("text")), hmac_sha256(key, as_bytes("text")));

    for (std::size_t position = 0; position < blob.offset_of(6); ++position) {
        Bytes changed = whole;
        changed[position] ^= static_cast<std::uint8_t>(1U << position % 8);
        const std::string field = "field " + std::to_string(field_at(blob, position)) + " (";
        const std::string refusal = refusal_of(changed);
        if (lengths.contains(position)) {
            EXPECT_THAT(refusal, HasSubstr(field)) << "byte " << position;
        } else {
            EXPECT_THAT(refusal,
                        AnyOf(HasSubstr(field), HasSubstr("TPM2_ActivateCredential refused parameter "),
                              HasSubstr("TPM2_Import refused parameter ")))
                << "byte " << position;
        }
    }
    EXPECT_EQ(contents(), before);
    EXPECT_EQ(attestation.answer(whole, as_bytes("text")), hmac_sha256(key, as_bytes("text")));
}

TEST_F(TpmAttestationTest, TheTpmNamesTheParameterThatWasChanged) {
    const support::KeyBlob blob = challenge();
    const auto refusal_with_change_at = [&](std::size_t field, std::size_t offset) {
        Bytes changed = blob.bytes();
        changed[blob.offset_of(field) + offset] ^= 1;
        return refusal_of(changed);
    };
    EXPECT_THAT(
        refusal_with_change_at(1, 20),
        HasSubstr("TPM2_ActivateCredential refused parameter 1 (credentialBlob): integrity check failed"));
    EXPECT_THAT(refusal_with_change_at(2, 200),
                HasSubstr("TPM2_ActivateCredential refused parameter 2 (secret)"));
    EXPECT_THAT(refusal_with_change_at(3, 100),
                HasSubstr("TPM2_Import refused parameter 3 (duplicate): integrity check failed"));
    EXPECT_THAT(refusal_with_change_at(4, 200), HasSubstr("TPM2_Import refused parameter 4 (inSymSeed)"));
    EXPECT_THAT(refusal_with_change_at(5, 30), HasSubstr("TPM2_Import refused parameter "));
}

TEST_F(TpmAttestationTest, TheContentOfTheSixthFieldIsIgnored) {
    const support::KeyBlob blob = challenge();
    for (std::size_t position = blob.offset_of(6) + 2; position < blob.bytes().size(); position += 7) {
        Bytes changed = blob.bytes();
        changed[position] ^= 0xff;
        EXPECT_EQ(attestation.answer(changed, as_bytes("text")), hmac_sha256(key, as_bytes("text")));
    }
}

}  // namespace
}  // namespace device_agent::attestation
