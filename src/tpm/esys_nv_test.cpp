// SPDX-License-Identifier: Apache-2.0
// Texts in NV indices of a real TPM in software.
#include "tests/support/esys_tpm_fixture.hpp"

#include <gmock/gmock.h>

namespace device_agent::tpm {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr Handle slot_0 = 0x01400100;

class NvTest : public EsysTpmTest {
protected:
    std::optional<NvContent> read() {
        std::optional<NvContent> result;
        run([&](Sequence& sequence) { result = sequence.read_nv(slot_0); });
        return result;
    }
    void write(const std::string& text) {
        run([&](Sequence& sequence) { sequence.write_nv(slot_0, text); });
    }
    std::string foreign_of(const std::function<void(Sequence&)>& work) {
        try {
            run(work);
        } catch (const ForeignObject& error) {
            return error.what();
        }
        return "not foreign";
    }
    /// An index that is not as ours are is left alone.
    void expect_foreign(const std::string& reason) {
        const std::string before = swtpm.shell("tpm2_nvreadpublic");
        for (const std::string& message :
             {foreign_of([](Sequence& sequence) { static_cast<void>(sequence.read_nv(slot_0)); }),
              foreign_of([](Sequence& sequence) { sequence.write_nv(slot_0, "ours"); })}) {
            EXPECT_THAT(message, AllOf(HasSubstr("NV index 0x01400100"), HasSubstr(reason)));
        }
        EXPECT_EQ(swtpm.shell("tpm2_nvreadpublic"), before);
        EXPECT_EQ(leftovers(), "");
    }
};

TEST_F(NvTest, AnUndefinedIndexHoldsNothing) {
    EXPECT_FALSE(read());
    EXPECT_NO_THROW(run([](Sequence& sequence) { sequence.remove_nv(slot_0); }));
}

TEST_F(NvTest, ATextIsWrittenAsLimpetWroteIt) {
    write("hub.example/device/module");
    const auto content = read();
    ASSERT_TRUE(content);
    EXPECT_TRUE(content->written);
    EXPECT_EQ(content->text, "hub.example/device/module");

    EXPECT_EQ(swtpm.shell("tpm2_nvread 0x01400100"), "hub.example/device/module");
    EXPECT_THAT(swtpm.shell("tpm2_nvreadpublic 0x01400100"),
                AllOf(HasSubstr("friendly: authwrite|authread|no_da|written"), HasSubstr("friendly: sha256"),
                      HasSubstr("size: 25"), ::testing::Not(HasSubstr("policy"))));
    EXPECT_EQ(leftovers(), "");
}

TEST_F(NvTest, ATextOfTheSameLengthIsWrittenInPlace) {
    write("hub.example/device");
    const auto before = swtpm.traffic().commands.size();
    write("hub.example/DEVICE");
    EXPECT_EQ(swtpm.traffic().commands.size() - before, 2U) << "TPM2_NV_ReadPublic, TPM2_NV_Write";
    EXPECT_EQ(read()->text, "hub.example/DEVICE");
}

TEST_F(NvTest, AnIndexOfAnotherLengthIsReplaced) {
    for (const std::string& text : {std::string("short"), std::string("much longer than before"),
                                    std::string("s"), std::string(600, 'x'), std::string(1300, 'y')}) {
        write(text);
        EXPECT_EQ(read()->text, text);
    }
    EXPECT_EQ(leftovers(), "");
}

TEST_F(NvTest, ADefinedIndexThatWasNeverWrittenIsNotTheSameAsNone) {
    static_cast<void>(swtpm.shell("tpm2_nvdefine -Q -C o -s 18 -a 'authread|authwrite|no_da' 0x01400100"));
    const auto content = read();
    ASSERT_TRUE(content);
    EXPECT_FALSE(content->written);
    EXPECT_EQ(content->text, "");
    write("hub.example/device");
    EXPECT_EQ(read()->text, "hub.example/device");
}

TEST_F(NvTest, AnIndexIsRemoved) {
    write("text");
    run([](Sequence& sequence) {
        sequence.remove_nv(slot_0);
        EXPECT_FALSE(sequence.read_nv(slot_0));
        sequence.write_nv(slot_0, "again");
    });
    EXPECT_EQ(read()->text, "again");
}

TEST_F(NvTest, AnIndexWithOtherAttributesIsForeign) {
    static_cast<void>(
        swtpm.shell("tpm2_nvdefine -Q -C o -s 4 -a 'ownerread|ownerwrite|authread|authwrite' 0x01400100"));
    expect_foreign("belongs to another program (its attributes are 0x00060006");
    EXPECT_THAT(foreign_of([](Sequence& sequence) { sequence.remove_nv(slot_0); }),
                HasSubstr("belongs to another program"));
}

TEST_F(NvTest, AnIndexWithAPasswordIsForeign) {
    static_cast<void>(
        swtpm.shell("tpm2_nvdefine -Q -C o -s 4 -p secret -a 'authread|authwrite|no_da' 0x01400100 && "
                    "printf text | tpm2_nvwrite -Q -P secret -i- 0x01400100"));
    expect_foreign("the NV index has a password");
}

TEST_F(NvTest, WithoutRoomTheRefusalSaysSo) {
    std::string refusal = "no refusal";
    for (Handle index = slot_0; refusal == "no refusal"; ++index) {
        ASSERT_LT(index, slot_0 + 1000) << "this TPM never fills";
        refusal = refusal_of([&](Sequence& sequence) { sequence.write_nv(index, std::string(2000, 'x')); });
    }
    EXPECT_THAT(refusal, AllOf(HasSubstr("TPM2_NV_DefineSpace refused the command: no NV memory left"),
                               HasSubstr("tpm.persistentSlots")));
}

}  // namespace
}  // namespace device_agent::tpm
