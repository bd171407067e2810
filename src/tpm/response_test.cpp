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
                         ::testing::Values(TPM2_RC_RETRY, TPM2_RC_YIELDED, TPM2_RC_TESTING, TPM2_RC_NV_RATE));

TEST_F(Patience, DoesNotRepeatWhatWasRefused) {
    EXPECT_EQ(run({TSS2_RC{0x9a2}, TSS2_RC_SUCCESS}), TSS2_RC{0x9a2})
        << "a wrong password is not tried twice";
    EXPECT_TRUE(pauses.empty());
}

}  // namespace
}  // namespace device_agent::tpm
