// SPDX-License-Identifier: Apache-2.0
// The endorsement key and the storage root key on a real TPM in software; tpm2-tools are the second opinion.
#include "tests/support/esys_tpm_fixture.hpp"

#include <gmock/gmock.h>

namespace device_agent::tpm {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// PolicySecret(TPM_RH_ENDORSEMENT).
const std::string make_policy =
    "tpm2_startauthsession -S session.ctx && tpm2_policysecret -Q -S session.ctx -c e -L policy && "
    "tpm2_flushcontext session.ctx\n";

class PrimaryKeysTest : public EsysTpmTest {
protected:
    Bytes endorsement_key() {
        Bytes result;
        run([&](Sequence& sequence) { result = sequence.endorsement_key(); });
        return result;
    }
    PrimaryKeys ensured(const Options& credentials = {}) {
        PrimaryKeys result;
        run([&](Sequence& sequence) { result = sequence.ensure_primary_keys(); }, credentials);
        return result;
    }
    Bytes public_area_at(const std::string& handle) {
        static_cast<void>(swtpm.shell("tpm2_readpublic -Q -c " + handle + " -o there.pub -f tss"));
        return file("there.pub");
    }
};

TEST_F(PrimaryKeysTest, TheEndorsementKeyIsTheOneThatTpm2ToolsMake) {
    static_cast<void>(swtpm.shell("tpm2_createek -Q -G rsa -c ek.ctx -u ek.pub && tpm2_flushcontext -t"));
    EXPECT_EQ(endorsement_key(), file("ek.pub"));
}

TEST_F(PrimaryKeysTest, AskingChangesNothing) {
    const std::string before = contents();
    const Bytes computed = endorsement_key();
    EXPECT_EQ(contents(), before);
    EXPECT_EQ(ensured().endorsement_key, computed) << "it is the key that is made later";
}

TEST_F(PrimaryKeysTest, TheEndorsementKeyIsComputedOnce) {
    constexpr std::uint8_t create_primary[] = {0x00, 0x00, 0x01, 0x31};
    const auto tpm = open({.tcti = swtpm.tcti()}, clock);
    const Bytes asked = tpm->with([](Sequence& sequence) { return sequence.endorsement_key(); });
    const PrimaryKeys made = tpm->with([](Sequence& sequence) { return sequence.ensure_primary_keys(); });
    EXPECT_EQ(made.endorsement_key, asked);
    EXPECT_EQ(made.endorsement_key, public_area_at("0x81010001"));
    EXPECT_EQ(leftovers(), "");
    const auto commands = swtpm.traffic().commands;
    EXPECT_EQ(std::ranges::count_if(commands,
                                    [&](const Bytes& command) {
                                        return std::ranges::equal(std::span(command).subspan(6, 4),
                                                                  create_primary);
                                    }),
              2)
        << "one for each primary key";
}

TEST_F(PrimaryKeysTest, ATpmThatWasResetInBetweenMakesTheSameKeyAgain) {
    const auto tpm = open({.tcti = swtpm.tcti()}, clock);
    const Bytes asked = tpm->with([](Sequence& sequence) { return sequence.endorsement_key(); });
    swtpm.stop();
    swtpm.start();
    const PrimaryKeys made = tpm->with([](Sequence& sequence) { return sequence.ensure_primary_keys(); });
    EXPECT_EQ(made.endorsement_key, asked);
    EXPECT_EQ(leftovers(), "");
}

TEST_F(PrimaryKeysTest, AreMadeWhereNothingIs) {
    const PrimaryKeys keys = ensured();
    EXPECT_EQ(keys.endorsement_key, public_area_at("0x81010001"));
    EXPECT_EQ(keys.storage_root_key, public_area_at("0x81000001"));
    EXPECT_EQ(keys.endorsement_key.size(), 316U);
    EXPECT_EQ(keys.storage_root_key.size(), 284U);
    EXPECT_EQ(leftovers(), "");
}

TEST_F(PrimaryKeysTest, AreLeftAloneOnceTheyAreThere) {
    const PrimaryKeys first = ensured();
    const std::string before = contents();
    const auto commands_before = swtpm.traffic().commands.size();
    const PrimaryKeys second = ensured();
    EXPECT_EQ(swtpm.traffic().commands.size() - commands_before, 2U) << "one TPM2_ReadPublic each";
    EXPECT_EQ(contents(), before);
    EXPECT_EQ(second.endorsement_key, first.endorsement_key);
    EXPECT_EQ(second.storage_root_key, first.storage_root_key);
}

TEST_F(PrimaryKeysTest, AnEndorsementKeyOfTheSameKindIsUsedAsItIs) {
    // As some SDKs make it: by the default template, but with an empty `unique`.
    static_cast<void>(swtpm.shell(make_policy + R"(
        tpm2_createprimary -Q -C e -G rsa2048:aes128cfb -g sha256 -L policy -c ek.ctx \
            -a 'fixedtpm|fixedparent|sensitivedataorigin|adminwithpolicy|restricted|decrypt' &&
        tpm2_evictcontrol -Q -C o -c ek.ctx 0x81010001 && tpm2_flushcontext -t)"));
    const Bytes there = public_area_at("0x81010001");
    EXPECT_EQ(endorsement_key(), there);
    EXPECT_EQ(ensured().endorsement_key, there);
}

TEST_F(PrimaryKeysTest, AnEccEndorsementKeyIsRefusedByItsKind) {
    static_cast<void>(swtpm.shell("tpm2_createek -Q -G ecc -c 0x81010001 -u ek.pub"));
    const std::string before = contents();
    const auto names_it =
        AllOf(HasSubstr("the object at 0x81010001 is an ECC NIST P-256 key, not an RSA-2048 endorsement"),
              HasSubstr("tpm2_evictcontrol -C o -c 0x81010001"));
    EXPECT_THAT(refusal_of([](Sequence& sequence) { static_cast<void>(sequence.endorsement_key()); }),
                names_it);
    EXPECT_THAT(refusal_of([](Sequence& sequence) { static_cast<void>(sequence.ensure_primary_keys()); }),
                names_it);
    EXPECT_EQ(contents(), before);
}

TEST_F(PrimaryKeysTest, AnEccStorageRootKeyIsRefusedByItsKind) {
    static_cast<void>(
        swtpm.shell("tpm2_createprimary -Q -C o -G ecc -c srk.ctx && "
                    "tpm2_evictcontrol -Q -C o -c srk.ctx 0x81000001 && tpm2_flushcontext -t"));
    EXPECT_THAT(
        refusal_of([](Sequence& sequence) { static_cast<void>(sequence.ensure_primary_keys()); }),
        HasSubstr("the object at 0x81000001 is an ECC NIST P-256 key, not an RSA-2048 storage root key"));
    EXPECT_EQ(leftovers(), "");
}

// The manufacturer's NV indices of the TCG EK Credential Profile. `tpm2_createek -t` follows them, too.
class ManufacturerIndices : public PrimaryKeysTest {
protected:
    static constexpr const char* readable_by_all = "ownerread|ownerwrite|authread|authwrite|no_da";

    void define(const std::string& index, const std::string& content,
                const std::string& attributes = readable_by_all) {
        static_cast<void>(swtpm.shell("tpm2_nvdefine -Q -C o -s $(stat -c %s " + content + ") -a '" +
                                      attributes + "' " + index + " && tpm2_nvwrite -Q -C o -i " + content +
                                      " " + index));
    }
    void make_nonce() { static_cast<void>(swtpm.shell("head -c 20 /dev/urandom > nonce")); }
    /// The default template, without the size of the TPM2B and with a `unique` of zero bytes.
    void make_template() {
        static_cast<void>(
            swtpm.shell("tpm2_createek -Q -G rsa -c ek.ctx -u ek.pub && tpm2_flushcontext -t && "
                        "{ tail -c +3 ek.pub | head -c 58; head -c 256 /dev/zero; } > template"));
    }
    /// What the nonce makes of the default template. (`tpm2_createek -t` of tpm2-tools 5.4 would be shorter,
    /// but it takes a pointer's bytes for the nonce.)
    Bytes made_by_tpm2_tools() {
        static_cast<void>(swtpm.shell(make_policy + R"(
            { printf '\000\001'; cat nonce; head -c 236 /dev/zero; } > unique
            tpm2_createprimary -Q -C e -G rsa2048:aes128cfb -g sha256 -L policy -u unique -c ek2.ctx \
                -a 'fixedtpm|fixedparent|sensitivedataorigin|adminwithpolicy|restricted|decrypt' &&
            tpm2_readpublic -Q -c ek2.ctx -f tss -o ek2.pub && tpm2_flushcontext -t)"));
        return file("ek2.pub");
    }
};

TEST_F(ManufacturerIndices, TheTemplateAndTheNonceAreHonoured) {
    make_template();
    make_nonce();
    define("0x1c00004", "template");
    define("0x1c00003", "nonce");
    const Bytes expected = made_by_tpm2_tools();
    EXPECT_NE(expected, file("ek.pub")) << "the nonce makes another key";
    EXPECT_EQ(endorsement_key(), expected);
    EXPECT_EQ(ensured().endorsement_key, expected);
    EXPECT_EQ(leftovers(), "");
}

TEST_F(ManufacturerIndices, ANonceAloneGoesIntoTheDefaultTemplate) {
    make_template();
    make_nonce();
    define("0x1c00003", "nonce");
    const Bytes computed = endorsement_key();
    define("0x1c00004", "template");
    EXPECT_EQ(computed, made_by_tpm2_tools());
}

TEST_F(ManufacturerIndices, AreReadByTheOwnerWhereTheyAskForHim) {
    make_template();
    make_nonce();
    define("0x1c00004", "template", "ownerread|ownerwrite|no_da");
    define("0x1c00003", "nonce", "ownerread|ownerwrite|no_da");
    const Bytes expected = made_by_tpm2_tools();
    EXPECT_EQ(endorsement_key(), expected);

    static_cast<void>(swtpm.shell("tpm2_changeauth -c o secret"));
    Bytes with_password;
    run([&](Sequence& sequence) { with_password = sequence.endorsement_key(); },
        {.owner_auth = SecretText("secret")});
    EXPECT_EQ(with_password, expected);
    EXPECT_EQ(leftovers(), "");
}

TEST_F(ManufacturerIndices, ThatAreEmptyCountAsAbsent) {
    make_template();
    static_cast<void>(swtpm.shell("tpm2_nvdefine -Q -C o -s 20 -a 'ownerwrite|authread|no_da' 0x1c00003"));
    EXPECT_EQ(endorsement_key(), file("ek.pub"));
}

TEST_F(ManufacturerIndices, ATemplateOfAnotherKindIsRefused) {
    static_cast<void>(
        swtpm.shell("tpm2_createek -Q -G ecc -c ek.ctx -u ek.pub && tpm2_flushcontext -t && "
                    "tail -c +3 ek.pub > template && echo nonsense > nonsense"));
    define("0x1c00004", "template");
    EXPECT_THAT(refusal_of([](Sequence& sequence) { static_cast<void>(sequence.endorsement_key()); }),
                HasSubstr("template in NV index 0x01c00004 is for an ECC NIST P-256 key"));
    static_cast<void>(swtpm.shell("tpm2_nvundefine -Q -C o 0x1c00004"));
    define("0x1c00004", "nonsense");
    EXPECT_THAT(refusal_of([](Sequence& sequence) { static_cast<void>(sequence.endorsement_key()); }),
                HasSubstr("template in NV index 0x01c00004 is malformed"));
}

// Hierarchy passwords.
class Passwords : public PrimaryKeysTest {
protected:
    Options right{.owner_auth = SecretText("the owner's"), .endorsement_auth = SecretText("the endorser's")};

    void set_both() {
        static_cast<void>(
            swtpm.shell(R"(tpm2_changeauth -c o "the owner's" && tpm2_changeauth -c e "the endorser's")"));
    }
    std::string failed_tries() {
        return swtpm.shell("tpm2_getcap properties-variable | grep -A1 TPM2_PT_LOCKOUT_COUNTER");
    }
};

TEST_F(Passwords, OfBothHierarchiesAreUsed) {
    set_both();
    const PrimaryKeys keys = ensured(right);
    EXPECT_EQ(keys.endorsement_key, public_area_at("0x81010001"));
    EXPECT_EQ(keys.storage_root_key, public_area_at("0x81000001"));
    EXPECT_EQ(leftovers(), "");
}

TEST_F(Passwords, AreNeverOnTheBus) {
    set_both();
    const auto before = swtpm.traffic().commands.size();
    static_cast<void>(ensured(right));
    const auto commands = swtpm.traffic().commands;
    ASSERT_GT(commands.size(), before);
    for (auto command = commands.begin() + static_cast<std::ptrdiff_t>(before); command != commands.end();
         ++command) {
        const std::string text(command->begin(), command->end());
        EXPECT_THAT(text, ::testing::Not(HasSubstr("the owner's")));
        EXPECT_THAT(text, ::testing::Not(HasSubstr("the endorser's")));
    }
}

TEST_F(Passwords, ThatAreMissingAreAskedForByTheirConfigurationKey) {
    set_both();
    const std::string before = contents();
    const auto ensure = [](Sequence& sequence) { static_cast<void>(sequence.ensure_primary_keys()); };
    EXPECT_THAT(refusal_of(ensure),
                HasSubstr("endorsement hierarchy has a password: put it into a file and name that "
                          "file in tpm.endorsementAuthFile"));
    EXPECT_THAT(
        refusal_of(ensure, {.endorsement_auth = right.endorsement_auth}),
        HasSubstr(
            "owner hierarchy has a password: put it into a file and name that file in tpm.ownerAuthFile"));
    EXPECT_EQ(contents(), before);
}

TEST_F(Passwords, ThatAreWrongAreTriedOnceAndNamed) {
    set_both();
    const std::string tries_before = failed_tries();
    Options wrong = right;
    wrong.endorsement_auth = SecretText("a guess");
    const auto commands_before = swtpm.traffic().commands.size();
    EXPECT_THAT(
        refusal_of([](Sequence& sequence) { static_cast<void>(sequence.ensure_primary_keys()); }, wrong),
        AllOf(HasSubstr("cannot create the endorsement key: TPM2_CreatePrimary refused the authorization"),
              HasSubstr("is not the one in the file of tpm.endorsementAuthFile")));
    std::size_t tries = 0;
    const auto commands = swtpm.traffic().commands;
    for (auto i = commands_before; i < commands.size(); ++i) {
        constexpr std::uint8_t create_primary = 0x31;
        constexpr std::uint8_t endorsement = 0x0b;
        if (commands[i].at(9) == create_primary && commands[i].at(13) == endorsement) ++tries;
    }
    EXPECT_EQ(tries, 1U);
    EXPECT_EQ(failed_tries(), tries_before);
    EXPECT_EQ(leftovers(), "");
}

}  // namespace
}  // namespace device_agent::tpm
