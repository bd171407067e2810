// SPDX-License-Identifier: Apache-2.0
// HMAC keys at persistent handles of a real TPM in software.
#include "tests/support/esys_keys_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace device_agent::tpm {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using PersistentKeysTest = KeysTest;

TEST_F(PersistentKeysTest, AnHmacByAPersistentKeyIsOneCommand) {
    run([&](Sequence& sequence) { sequence.persist(wrapped(), slot_0); });
    const auto before = swtpm.traffic().commands.size();
    static_cast<void>(hmac(slot_0, as_bytes("text")));
    EXPECT_EQ(swtpm.traffic().commands.size() - before, 1U);
}

TEST_F(PersistentKeysTest, Tpm2ToolsSignAlikeWithThePersistentKey) {
    run([&](Sequence& sequence) { sequence.persist(wrapped(), slot_0); });
    static_cast<void>(swtpm.shell("printf text > text && tpm2_hmac -c 0x81000100 text > mac"));
    const Bytes mac = file("mac");
    EXPECT_TRUE(std::ranges::equal(mac, hmac(slot_0, as_bytes("text"))));
    EXPECT_EQ(swtpm.shell("tpm2_readpublic -c 0x81000100 | grep -A1 '^attributes'"),
              "attributes:\n  value: fixedtpm|fixedparent|userwithauth|noda|sign\n");
}

TEST_F(PersistentKeysTest, HaveTheSameNameWrappedAndPersistent) {
    const WrappedKey ours = wrapped();
    run([&](Sequence& sequence) {
        EXPECT_EQ(sequence.name_of(slot_0), std::nullopt);
        sequence.persist(ours, slot_0);
        EXPECT_EQ(sequence.name_of(slot_0), sequence.name_of(ours));
    });
    static_cast<void>(swtpm.shell("tpm2_readpublic -Q -c 0x81000100 -n name"));
    run([&](Sequence& sequence) { EXPECT_EQ(sequence.name_of(ours), file("name")); });
}

TEST_F(PersistentKeysTest, AreRemovedFromTheirHandleWhereTheyAre) {
    run([&](Sequence& sequence) {
        sequence.persist(wrapped(), slot_0);
        sequence.evict(slot_0);
        EXPECT_EQ(sequence.name_of(slot_0), std::nullopt);
        EXPECT_NO_THROW(sequence.evict(slot_0)) << "a free handle";
        sequence.persist(wrapped(), slot_0);
    });
    run([&](Sequence& sequence) { sequence.evict(slot_0); });
    EXPECT_THAT(
        refusal_of([&](Sequence& sequence) { static_cast<void>(sequence.hmac(slot_0, {}, no_auth)); }),
        HasSubstr("TPM2_HMAC refused handle 1 (handle): nothing at this handle"));
}

TEST_F(PersistentKeysTest, AreListedByTheirHandles) {
    const WrappedKey ours = wrapped();
    run([&](Sequence& sequence) {
        EXPECT_THAT(sequence.handles_in_use(slot_0, 10), ::testing::IsEmpty());
        for (const Handle handle : {slot_0, slot_0 + 3, slot_0 + 9, slot_0 + 10})
            sequence.persist(ours, handle);
        EXPECT_THAT(sequence.handles_in_use(slot_0, 10),
                    ::testing::ElementsAre(slot_0, slot_0 + 3, slot_0 + 9));
        EXPECT_THAT(sequence.handles_in_use(slot_0 + 1, 2), ::testing::IsEmpty());
        EXPECT_THAT(sequence.handles_in_use(slot_0, 0), ::testing::IsEmpty());

        EXPECT_THAT(sequence.handles_in_use(0x01400100, 10), ::testing::IsEmpty());
        sequence.write_nv(0x01400103, "text");
        EXPECT_THAT(sequence.handles_in_use(0x01400100, 10), ::testing::ElementsAre(0x01400103U));
    });
}

TEST_F(PersistentKeysTest, NeverDisplaceWhatIsAtTheHandle) {
    const WrappedKey first = wrapped();
    run([&](Sequence& sequence) { sequence.persist(first, slot_0); });
    const WrappedKey second = wrapped();
    EXPECT_THAT(
        refusal_of([&](Sequence& sequence) { sequence.persist(second, slot_0); }),
        HasSubstr(
            "cannot make the key persistent at 0x81000100: TPM2_EvictControl refused the command: the handle "
            "or NV index is taken"));
    run([&](Sequence& sequence) { EXPECT_EQ(sequence.name_of(slot_0), sequence.name_of(first)); });
    EXPECT_EQ(leftovers(), "");
}

TEST_F(PersistentKeysTest, ThatDoNotFitAreRefusedWithTheRoomThatThereIs) {
    const WrappedKey ours = wrapped();
    std::string refusal;
    for (Handle handle = slot_0; refusal.empty(); ++handle) {
        ASSERT_LT(handle, slot_0 + 200) << "this TPM never fills";
        const std::string message = refusal_of([&](Sequence& sequence) { sequence.persist(ours, handle); });
        if (message != "no refusal") refusal = message;
    }
    EXPECT_THAT(refusal, AllOf(HasSubstr("TPM_RC_NV_SPACE"),
                               HasSubstr("the TPM says that 0 more persistent objects fit"),
                               HasSubstr("tpm.persistentSlots")));
    EXPECT_EQ(leftovers(), "");
}

}  // namespace
}  // namespace device_agent::tpm
