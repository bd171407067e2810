// SPDX-License-Identifier: Apache-2.0
// HMAC keys on a real TPM in software: wrapping, importing, using.
#include "foundation/digest.hpp"
#include "tests/support/esys_keys_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace device_agent::tpm {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

bool contains(const Bytes& haystack, ByteView needle) {
    return std::search(haystack.begin(), haystack.end(), needle.begin(), needle.end()) != haystack.end();
}

// Below, at and above what a TPM takes at once, and with more than one TPM2_SequenceUpdate.
class HmacOf : public KeysTest, public ::testing::WithParamInterface<std::size_t> {};

TEST_P(HmacOf, IsTheOneComputedInMemory) {
    const Bytes data = random_bytes(GetParam());
    const Sha256 expected = hmac_sha256(key, data);

    const WrappedKey open_key = wrapped();
    const WrappedKey locked_key = wrapped(auth);
    EXPECT_EQ(hmac(open_key, data), expected);
    EXPECT_EQ(hmac(locked_key, data, auth), expected);

    run([&](Sequence& sequence) {
        sequence.persist(open_key, slot_0);
        sequence.persist(locked_key, slot_0 + 1);
    });
    EXPECT_EQ(hmac(slot_0, data), expected);
    EXPECT_EQ(hmac(slot_0 + 1, data, auth), expected);
    EXPECT_EQ(leftovers(), "");
}

INSTANTIATE_TEST_SUITE_P(Lengths, HmacOf, ::testing::Values(0, 1, 1024, 1025, 2048, 3000));

TEST_F(KeysTest, AreWrappedInTheOrderGivenByOneSaltedSession) {
    std::vector<SecretBytes> keys;
    for (std::size_t i = 0; i < 11; ++i)
        keys.push_back(secret(random_bytes(i == 0 ? 1 : 4 + 6 * i)));
    const auto commands_before = swtpm.traffic().commands.size();
    std::vector<WrappedKey> wrapped_keys;
    run([&](Sequence& sequence) { wrapped_keys = sequence.wrap_keys(keys, no_auth); });
    // Two TPM2_ReadPublic, TPM2_StartAuthSession, a TPM2_Create each, TPM2_FlushContext.
    EXPECT_EQ(swtpm.traffic().commands.size() - commands_before, 2 + 1 + keys.size() + 1);
    ASSERT_EQ(wrapped_keys.size(), keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        EXPECT_EQ(hmac(wrapped_keys[i], as_bytes("text")), hmac_sha256(keys[i], as_bytes("text")));
    }
    EXPECT_EQ(leftovers(), "");
}

TEST_F(KeysTest, AndAuthValuesAreNeverOnTheBus) {
    const WrappedKey open_key = wrapped();
    const WrappedKey locked_key = wrapped(auth);
    WrappedKey imported_key;
    run([&](Sequence& sequence) {
        imported_key = sequence.import_key(credentialed(), auth);
        sequence.persist(locked_key, slot_0);
    });
    static_cast<void>(hmac(slot_0, as_bytes("text"), auth));
    static_cast<void>(hmac(imported_key, Bytes(2000), auth));

    const auto traffic = swtpm.traffic();
    ASSERT_TRUE(std::ranges::any_of(traffic.answers, [&](const Bytes& answer) {
        return contains(answer, ByteView(primary_keys.endorsement_key).last(256));
    })) << "what is on the bus can be seen";
    const ByteView auth_bytes = ByteView(auth).first(31);
    for (const auto& messages : {traffic.commands, traffic.answers}) {
        for (const Bytes& message : messages) {
            EXPECT_FALSE(contains(message, key));
            EXPECT_FALSE(contains(message, auth_bytes));
        }
    }
}

TEST_F(KeysTest, OfAWrongLengthAreRefused) {
    for (const std::size_t length : {0U, 65U}) {
        const SecretBytes wrong = secret(random_bytes(length));
        EXPECT_THAT(refusal_of([&](Sequence& sequence) {
                        static_cast<void>(sequence.wrap_keys(std::span(&wrong, 1), no_auth));
                    }),
                    HasSubstr("cannot wrap a key of " + std::to_string(length) + " bytes"));
    }
    EXPECT_EQ(leftovers(), "");
}

TEST_F(KeysTest, WithAnotherAuthValueAreNotUsedAndLockNothing) {
    const WrappedKey open_key = wrapped();
    const WrappedKey locked_key = wrapped(auth);
    const SecretBytes other = secret(random_bytes(32));
    const Bytes long_data(2000);
    const std::string counter = "tpm2_getcap properties-variable | grep LOCKOUT_COUNTER";
    const std::string failures_before = swtpm.shell(counter);
    for (const ByteView data : {as_bytes("text"), ByteView(long_data)}) {
        EXPECT_THROW(static_cast<void>(hmac(locked_key, data)), AuthRefused);
        EXPECT_THROW(static_cast<void>(hmac(locked_key, data, other)), AuthRefused);
        EXPECT_THROW(static_cast<void>(hmac(open_key, data, other)), AuthRefused);
    }
    EXPECT_THAT(refusal_of([&](Sequence& sequence) {
                    static_cast<void>(sequence.hmac(locked_key, long_data, other));
                }),
                AllOf(HasSubstr("TPM2_HMAC_Start refused the authorization by session 1"),
                      HasSubstr("another auth value")));
    EXPECT_EQ(swtpm.shell(counter), failures_before);
    EXPECT_EQ(leftovers(), "");
}

TEST_F(KeysTest, AreImportedFromACredential) {
    const std::string before = contents();
    WrappedKey imported;
    run([&](Sequence& sequence) { imported = sequence.import_key(credentialed(), no_auth); });
    EXPECT_EQ(contents(), before) << "importing changes nothing in the TPM";
    EXPECT_EQ(hmac(imported, as_bytes("text")), hmac_sha256(key, as_bytes("text")));

    const Bytes zeros(32);
    run([&](Sequence& sequence) { imported = sequence.import_key(credentialed(zeros), no_auth); });
    EXPECT_EQ(hmac(imported, as_bytes("text")), hmac_sha256(key, as_bytes("text")))
        << "an auth value of zeros is empty";
}

TEST_F(KeysTest, AreGivenAnAuthValueWhenTheyAreImported) {
    WrappedKey imported;
    run([&](Sequence& sequence) { imported = sequence.import_key(credentialed(), auth); });
    EXPECT_EQ(hmac(imported, as_bytes("text"), auth), hmac_sha256(key, as_bytes("text")));
    EXPECT_THROW(static_cast<void>(hmac(imported, as_bytes("text"))), AuthRefused);
    EXPECT_EQ(leftovers(), "");
}

TEST_F(KeysTest, MadeForAnotherTpmAreRefused) {
    const CredentialedKey ours = credentialed();
    support::Swtpm other_swtpm;
    const auto other = open({.tcti = other_swtpm.tcti()}, clock);
    other->run([](Sequence& sequence) { static_cast<void>(sequence.ensure_primary_keys()); });
    try {
        other->run([&](Sequence& sequence) { static_cast<void>(sequence.import_key(ours, no_auth)); });
        FAIL() << "another TPM's key was imported";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(),
                    AllOf(HasSubstr("cannot open the credential of the key: TPM2_ActivateCredential refused "
                                    "parameter 2 (secret)"),
                          HasSubstr("made for another TPM")));
    }
    const WrappedKey our_wrapped = wrapped();
    try {
        other->run([&](Sequence& sequence) {
            static_cast<void>(sequence.hmac(our_wrapped, as_bytes("text"), no_auth));
        });
        FAIL() << "another TPM's wrapped key was loaded";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(),
                    AllOf(HasSubstr("TPM2_Load refused parameter 1 (inPrivate): integrity check failed"),
                          HasSubstr("belongs to another TPM")));
    }
}

TEST_F(KeysTest, NeedThePrimaryKeys) {
    const WrappedKey ours = wrapped();
    static_cast<void>(swtpm.shell("tpm2_clear"));
    try {
        static_cast<void>(hmac(ours, as_bytes("text")));
        FAIL() << "there is no storage root key";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(),
                    HasSubstr("there is no storage root key at 0x81000001; was the TPM cleared?"));
        EXPECT_EQ(error.retry().kind, Retry::Kind::reprovision);
    }
}

TEST_F(KeysTest, ThatAreMalformedAreRefusedBeforeTheTpmSeesThem) {
    WrappedKey damaged = wrapped();
    damaged.private_area.pop_back();
    const auto before = swtpm.traffic().commands.size();
    EXPECT_THAT(
        refusal_of([&](Sequence& sequence) { static_cast<void>(sequence.hmac(damaged, {}, no_auth)); }),
        HasSubstr("the private area of the wrapped key is malformed"));
    EXPECT_THAT(refusal_of([](Sequence& sequence) { static_cast<void>(sequence.name_of(WrappedKey{})); }),
                HasSubstr("the public area of the wrapped key is malformed"));
    EXPECT_EQ(swtpm.traffic().commands.size(), before);
}

TEST_F(KeysTest, LeaveNothingBehindInFiftyRounds) {
    const auto tpm = open({.tcti = swtpm.tcti()}, clock);
    const Bytes long_data(1500);
    for (int round = 0; round < 50; ++round) {
        tpm->run([&](Sequence& sequence) {
            const WrappedKey imported = sequence.import_key(credentialed(), auth);
            sequence.persist(imported, slot_0);
            static_cast<void>(sequence.hmac(slot_0, long_data, auth));
            static_cast<void>(sequence.hmac(imported, as_bytes("text"), auth));
            sequence.evict(slot_0);
            EXPECT_THROW(static_cast<void>(sequence.hmac(imported, long_data, no_auth)), AuthRefused);
        });
        ASSERT_EQ(leftovers(), "") << "round " << round;
    }
}

// Everything again, on a TPM whose hierarchies have passwords.
TEST_F(KeysTest, WorkWithHierarchyPasswords) {
    static_cast<void>(
        swtpm.shell("tpm2_changeauth -c o 'owner word' && tpm2_changeauth -c e 'endorsement word'"));
    const Options passwords{.owner_auth = SecretText("owner word"),
                            .endorsement_auth = SecretText("endorsement word")};
    const auto before = swtpm.traffic().commands.size();
    run(
        [&](Sequence& sequence) {
            const WrappedKey imported = sequence.import_key(credentialed(), auth);
            const SecretBytes clear = secret(key);
            const WrappedKey made = sequence.wrap_keys(std::span(&clear, 1), no_auth).at(0);
            sequence.persist(imported, slot_0);
            sequence.persist(made, slot_0 + 1);
            EXPECT_EQ(sequence.hmac(slot_0, as_bytes("text"), auth), hmac_sha256(key, as_bytes("text")));
            EXPECT_EQ(sequence.hmac(slot_0 + 1, as_bytes("text"), no_auth),
                      hmac_sha256(key, as_bytes("text")));
            sequence.evict(slot_0);
            sequence.write_nv(0x01400100, "text");
            sequence.write_nv(0x01400100, "longer text");
            EXPECT_EQ(sequence.read_nv(0x01400100)->text, "longer text");
            sequence.remove_nv(0x01400100);
        },
        passwords);
    EXPECT_EQ(leftovers(), "");
    const auto commands = swtpm.traffic().commands;
    for (std::size_t i = before; i < commands.size(); ++i) {
        const std::string text(commands[i].begin(), commands[i].end());
        EXPECT_THAT(text, AllOf(Not(HasSubstr("owner word")), Not(HasSubstr("endorsement word"))));
    }

    EXPECT_THAT(refusal_of([&](Sequence& sequence) {
                    static_cast<void>(sequence.import_key(credentialed(), no_auth));
                }),
                AllOf(HasSubstr("TPM2_PolicySecret refused"), HasSubstr("tpm.endorsementAuthFile")));
    EXPECT_THAT(refusal_of([&](Sequence& sequence) { sequence.evict(slot_0 + 1); }),
                AllOf(HasSubstr("TPM2_EvictControl refused"), HasSubstr("tpm.ownerAuthFile")));
    EXPECT_THAT(refusal_of([&](Sequence& sequence) { sequence.write_nv(0x01400100, "text"); }),
                AllOf(HasSubstr("TPM2_NV_DefineSpace refused"), HasSubstr("tpm.ownerAuthFile")));
    EXPECT_EQ(leftovers(), "");
}

}  // namespace
}  // namespace device_agent::tpm
