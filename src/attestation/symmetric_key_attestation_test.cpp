// SPDX-License-Identifier: Apache-2.0
#include "attestation/symmetric_key_attestation.hpp"

#include "foundation/durable_file.hpp"
#include "foundation/encoding.hpp"
#include "foundation/error.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace device_agent::attestation {
namespace {

constexpr const char* sixteen_bytes = "AAECAwQFBgcICQoLDA0ODw==";

class SymmetricKeyFile : public ::testing::Test {
protected:
    SecretBytes read(std::string_view content) {
        write_durably(file, content);
        return read_symmetric_key(file);
    }

    fakes::TemporaryFolder folder;
    std::filesystem::path file = folder.path() / "device.key";
};

TEST_F(SymmetricKeyFile, HoldsOneKeyInBase64WithOrWithoutANewline) {
    const auto key = base64_decode_secret(sixteen_bytes).value();
    for (const char* end : {"", "\n", "\r\n"})
        EXPECT_EQ(read(std::string(sixteen_bytes) + end), key);
    EXPECT_EQ(read(base64_encode(Bytes(64, 7))), SecretBytes(64, 7));
}

TEST_F(SymmetricKeyFile, WithAnythingElseIsAnErrorThatDoesNotQuoteIt) {
    const std::string key = sixteen_bytes;
    for (const std::string& content : {std::string(), std::string("not base64!"), key + "\n\n", " " + key,
                                       key + key, base64_encode(Bytes(15, 7)), base64_encode(Bytes(65, 7))}) {
        try {
            static_cast<void>(read(content));
            ADD_FAILURE() << "taken: " << content;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::configuration);
            EXPECT_THAT(error.what(), testing::HasSubstr(file.string()));
            if (content.empty()) continue;
            EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr(content)));
        }
    }
    std::filesystem::remove(file);
    EXPECT_THROW(static_cast<void>(read_symmetric_key(file)), Error);
}

// From Azure's description of symmetric key attestation: a group key, and the key of
// "sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6" that its sample derives.
TEST(SymmetricKey, OfADeviceInAGroupIsTheOneOfAzuresExample) {
    const auto group =
        base64_decode_secret(
            "8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw==")
            .value();
    EXPECT_EQ(base64_encode(derive_device_key(group, "sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6")),
              "Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc=");
}

TEST(SymmetricKey, SignsFromTheFirstRequestOnAndProvesTheDeviceInItsHub) {
    const SecretBytes key(32, 7);
    SymmetricKeyAttestation attestation(key);
    EXPECT_EQ(attestation.kind(), "symmetricKey");
    const auto evidence = attestation.evidence();
    EXPECT_FALSE(evidence.tpm);
    EXPECT_EQ(evidence.symmetric_key, key);
    EXPECT_EQ(std::get<SecretBytes>(attestation.device_key(std::nullopt).value()), key);
    try {
        static_cast<void>(attestation.answer({}, {}));
        ADD_FAILURE() << "answered a challenge for a TPM";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::refused);
    }
}

}  // namespace
}  // namespace device_agent::attestation
