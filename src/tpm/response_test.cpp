// SPDX-License-Identifier: Apache-2.0
#include "tpm/response.hpp"

#include "tpm/issue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tss2/tss2_tpm2_types.h>

#include <numeric>
#include <vector>

namespace device_agent::tpm {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Response, NamesTheParameter) {
    EXPECT_EQ(describe(0x1df, command::activate_credential),
              "TPM2_ActivateCredential refused parameter 1 (credentialBlob): integrity check failed "
              "(TPM_RC_INTEGRITY, 0x1df)");
    EXPECT_EQ(
        describe(0x3df, command::import),
        "TPM2_Import refused parameter 3 (duplicate): integrity check failed (TPM_RC_INTEGRITY, 0x3df)");
    EXPECT_THAT(describe(0x7d5, command::import), HasSubstr("parameter 7: wrong size (TPM_RC_SIZE, 0x7d5)"))
        << "a number that the command does not have";
}

TEST(Response, NamesTheHandle) {
    EXPECT_EQ(
        describe(0x28b, command::evict_control),
        "TPM2_EvictControl refused handle 2 (objectHandle): nothing at this handle, or not of the right kind "
        "(TPM_RC_HANDLE, 0x28b)");
}

TEST(Response, NamesTheAuthorization) {
    EXPECT_EQ(
        describe(0x9a2, command::create_primary),
        "TPM2_CreatePrimary refused the authorization by session 1 (primaryHandle): wrong authorization "
        "(TPM_RC_BAD_AUTH, 0x9a2)");
    EXPECT_THAT(describe(0xa9d, command::activate_credential),
                HasSubstr("session 2 (keyHandle): the policy does not hold (TPM_RC_POLICY_FAIL, 0xa9d)"));
}

TEST(Response, WithoutANumberIsAboutTheCommand) {
    EXPECT_EQ(describe(TPM2_RC_NV_SPACE, command::nv_define_space),
              "TPM2_NV_DefineSpace refused the command: no NV memory left (TPM_RC_NV_SPACE, 0x14b)");
}

TEST(Response, NamesTheEncryptedParameterWhereASoftwareTpmDoesNot) {
    EXPECT_EQ(
        describe(TPM2_RC_FAILURE, command::activate_credential),
        "TPM2_ActivateCredential refused parameter 2 (secret): it cannot be decrypted, or the TPM has failed "
        "(TPM_RC_FAILURE, 0x101)");
    EXPECT_THAT(describe(TPM2_RC_FAILURE, command::import), HasSubstr("parameter 4 (inSymSeed): it cannot"));
    EXPECT_THAT(describe(TPM2_RC_FAILURE, command::load), HasSubstr("the TPM is in failure mode"));
}

TEST(Response, OfAResourceManagerIsReadAsTheTpms) {
    constexpr TSS2_RC layer_of_linux = 11U << 16U;
    EXPECT_THAT(describe(layer_of_linux | TPM2_RC_COMMAND_CODE, command::create),
                HasSubstr("TPM_RC_COMMAND_CODE"));
    EXPECT_TRUE(says_no_such_handle(TSS2_RESMGR_TPM_RC_LAYER | 0x18bU));
}

TEST(Response, WithAnUnknownCodeIsToldByTheTss) {
    EXPECT_THAT(describe(TPM2_RC_BAD_CONTEXT, command::create),
                StartsWith("TPM2_Create refused the command: tpm:"));
}

TEST(Response, TellsTheTransportAndTheTssFromTheTpm) {
    EXPECT_EQ(describe(TSS2_TCTI_RC_IO_ERROR, command::load),
              "the connection to the TPM failed during TPM2_Load (tcti:IO failure, 0xa000a)");
    EXPECT_THAT(describe(TSS2_ESYS_RC_BAD_VALUE, command::load),
                StartsWith("TPM2_Load could not be issued (esapi:"));
    EXPECT_THAT(describe(TSS2_ESYS_RC_RSP_AUTH_FAILED, command::load), HasSubstr("not authentic"));
    EXPECT_FALSE(says_no_such_handle(TSS2_TCTI_RC_LAYER | 0x8bU));
}

TEST(Refusal, SaysWhatCannotBeDoneAndTheKnownRemedy) {
    const Error error = refusal(TPM2_RC_OBJECT_MEMORY, command::load, "load a wrapped key");
    EXPECT_EQ(error.code(), ErrorCode::tpm);
    EXPECT_THAT(error.what(),
                StartsWith("cannot load a wrapped key: TPM2_Load refused the command: no room for one "
                           "more object (TPM_RC_OBJECT_MEMORY, 0x902); another program left objects"));
    EXPECT_EQ(error.retry().kind, Retry::Kind::no);
}

TEST(Refusal, PrefersTheAdviceOfWhoAsks) {
    EXPECT_THAT(refusal(TPM2_RC_NV_SPACE, command::nv_define_space, "write", "do that").what(),
                ::testing::EndsWith("(TPM_RC_NV_SPACE, 0x14b); do that"));
}

TEST(Refusal, MayBeTriedAgainWhenTheTpmIsBusyOrTheConnectionBroke) {
    EXPECT_EQ(refusal(TPM2_RC_NV_RATE, command::nv_write, "write").retry().kind, Retry::Kind::later);
    EXPECT_EQ(refusal(TSS2_TCTI_RC_IO_ERROR, command::nv_write, "write").retry().kind, Retry::Kind::later);
}

TEST(Refusal, OfABrokenConnectionSaysHowToGoOn) {
    EXPECT_THAT(refusal(TSS2_TCTI_RC_IO_ERROR, command::load, "load").what(),
                HasSubstr("check that the TPM, or the software TPM, still runs, and run the command again"));
}

TEST(Refusal, KnowsWhetherWhatWasSentIsToBlame) {
    EXPECT_TRUE(blames_what_was_sent(0x1df, command::load)) << "parameter 1: integrity";
    EXPECT_TRUE(blames_what_was_sent(0x9a2, command::create_primary)) << "session 1: wrong password";
    EXPECT_TRUE(blames_what_was_sent(TPM2_RC_FAILURE, command::import)) << "libtpms' word for a wrong seed";
    for (const TSS2_RC code :
         {TSS2_RC{TPM2_RC_FAILURE}, TSS2_RC{TPM2_RC_LOCKOUT}, TSS2_RC{TPM2_RC_OBJECT_MEMORY},
          TSS2_RC{TPM2_RC_RETRY}, TSS2_RC{TPM2_RC_NV_SPACE}, TSS2_RC{TSS2_TCTI_RC_IO_ERROR}}) {
        EXPECT_FALSE(blames_what_was_sent(code, command::load)) << code;
    }
}

struct Told {
    TSS2_RC code;
    const char* words;
    const char* remedy;
};

class EachCode : public ::testing::TestWithParam<Told> {};

TEST_P(EachCode, IsToldInWordsWithItsNameAndWhatToDo) {
    const auto& [code, words, remedy] = GetParam();
    const std::string text = refusal(code, command::create, "wrap a key").what();
    EXPECT_THAT(text, StartsWith("cannot wrap a key: TPM2_Create refused "));
    EXPECT_THAT(text, HasSubstr(words));
    EXPECT_THAT(text, ::testing::EndsWith(remedy));
}

constexpr const char* room =
    "; another program left objects or sessions in the TPM: use /dev/tpmrm0, or, while no other program uses "
    "the TPM, free them with tpm2_flushcontext --transient-object --loaded-session";

INSTANTIATE_TEST_SUITE_P(
    Table, EachCode,
    ::testing::Values(
        Told{TPM2_RC_INITIALIZE, "the TPM was not started (TPM_RC_INITIALIZE, 0x100)",
             "must send TPM2_Startup (swtpm: --flags startup-clear)"},
        Told{TPM2_RC_FAILURE, "the TPM is in failure mode (TPM_RC_FAILURE, 0x101)",
             "; switch the machine off and on"},
        Told{TPM2_RC_REBOOT, "the TPM needs a restart (TPM_RC_REBOOT, 0x130)", "; switch the machine off and on"},
        Told{TPM2_RC_UPGRADE, "the TPM waits for the rest of a firmware update (TPM_RC_UPGRADE, 0x12d)",
             "; finish the update of its firmware"},
        Told{TPM2_RC_NEEDS_TEST, "the TPM has not tested itself (TPM_RC_NEEDS_TEST, 0x153)",
             "; have it do so with tpm2_selftest --fulltest"},
        Told{TPM2_RC_NV_SPACE, "no NV memory left (TPM_RC_NV_SPACE, 0x14b)", "or lower tpm.persistentSlots"},
        Told{TPM2_RC_OBJECT_MEMORY, "no room for one more object (TPM_RC_OBJECT_MEMORY, 0x902)", room},
        Told{TPM2_RC_SESSION_MEMORY, "no room for one more session (TPM_RC_SESSION_MEMORY, 0x903)", room},
        Told{TPM2_RC_MEMORY, "out of memory (TPM_RC_MEMORY, 0x904)", room},
        Told{TPM2_RC_SESSION_HANDLES, "no session handle left (TPM_RC_SESSION_HANDLES, 0x905)", room},
        Told{TPM2_RC_OBJECT_HANDLES, "no object handle left (TPM_RC_OBJECT_HANDLES, 0x906)", room},
        Told{TPM2_RC_LOCKOUT,
             "the TPM is locked after too many wrong authorizations (TPM_RC_LOCKOUT, 0x921)",
             "or reset it with tpm2_dictionarylockout --clear-lockout"},
        Told{TPM2_RC_TESTING, "the TPM is testing itself (TPM_RC_TESTING, 0x90a)", "; try again"},
        Told{TPM2_RC_RETRY, "the TPM is busy (TPM_RC_RETRY, 0x922)", "; try again"},
        Told{TPM2_RC_YIELDED, "the TPM is busy (TPM_RC_YIELDED, 0x908)", "; try again"},
        Told{TPM2_RC_CANCELED, "the command was cancelled (TPM_RC_CANCELED, 0x909)", "; try again"},
        Told{TPM2_RC_NV_RATE, "limits how often its NV memory is written (TPM_RC_NV_RATE, 0x920)",
             "; try again later"},
        Told{TPM2_RC_NV_UNAVAILABLE, "NV memory cannot be reached now (TPM_RC_NV_UNAVAILABLE, 0x923)",
             "; try again later"},
        Told{TPM2_RC_HIERARCHY | TSS2_RC{0x100}, "handle 1 (parentHandle): the hierarchy is disabled",
             "; enable the TPM's hierarchies in the firmware"}));

class Patience : public ::testing::TestWithParam<TSS2_RC> {
protected:
    std::vector<std::chrono::milliseconds> pauses;

    TSS2_RC run(std::vector<TSS2_RC> answers) {
        std::size_t next = 0;
        return patiently([&] { return answers.at(std::min(next++, answers.size() - 1)); },
                         [&](std::chrono::milliseconds pause) { pauses.push_back(pause); });
    }
};

TEST_P(Patience, IssuesTheCommandAgain) {
    EXPECT_EQ(run({GetParam(), GetParam(), TSS2_RC_SUCCESS}), TSS2_RC_SUCCESS);
    using std::chrono::milliseconds;
    EXPECT_THAT(pauses, ::testing::ElementsAre(milliseconds(10), milliseconds(20)));
}

TEST_P(Patience, Ends) {
    EXPECT_EQ(run({GetParam()}), GetParam());
    const auto sum = std::accumulate(pauses.begin(), pauses.end(), std::chrono::milliseconds(0));
    EXPECT_GT(sum, std::chrono::seconds(5));
    EXPECT_LT(sum, std::chrono::seconds(6));
}

INSTANTIATE_TEST_SUITE_P(WithABusyTpm, Patience,
                         ::testing::Values(TPM2_RC_RETRY, TPM2_RC_YIELDED, TPM2_RC_TESTING, TPM2_RC_NV_RATE,
                                           TPM2_RC_NV_UNAVAILABLE));

TEST_F(Patience, DoesNotRepeatWhatWasRefused) {
    EXPECT_EQ(run({TSS2_RC{0x9a2}, TSS2_RC_SUCCESS}), TSS2_RC{0x9a2})
        << "a wrong password is not tried twice";
    EXPECT_TRUE(pauses.empty());
}

}  // namespace
}  // namespace device_agent::tpm
