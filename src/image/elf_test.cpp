// SPDX-License-Identifier: Apache-2.0
#include "image/elf.hpp"

#include "image/elf_evidence.hpp"
#include "tests/support/elf_maker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

namespace device_agent::image {
namespace {

using support::ElfRecipe;
using support::make_elf;
using testing::Contains;
using testing::ElementsAre;
using testing::StartsWith;

class EveryKindOfElf : public ::testing::TestWithParam<std::tuple<bool, bool>> {};

TEST_P(EveryKindOfElf, TellsWhatItLinks) {
    const auto [is_64_bit, big_endian] = GetParam();
    const auto links =
        read_elf(make_elf({is_64_bit, big_endian, true, 8, "", {"libiothub_client.so.1", "libc.so.6"}}));
    ASSERT_TRUE(links);
    EXPECT_TRUE(links->is_program);
    EXPECT_THAT(links->needed, ElementsAre("libiothub_client.so.1", "libc.so.6"));
    const auto library = read_elf(make_elf({is_64_bit, big_endian, false, 8, "libapp.so.2", {"libc.so.6"}}));
    ASSERT_TRUE(library);
    EXPECT_FALSE(library->is_program);
    EXPECT_EQ(library->soname, "libapp.so.2");
}

INSTANTIATE_TEST_SUITE_P(Elf, EveryKindOfElf, ::testing::Combine(::testing::Bool(), ::testing::Bool()));

TEST(Elf, OfThisVeryProgramIsReadFromItsFile) {
    const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    const auto links = read_elf(file);
    ::close(file);
    ASSERT_TRUE(links);
    EXPECT_TRUE(links->is_program);
    EXPECT_THAT(links->needed, Contains(StartsWith("libc.so")));
}

TEST(Elf, CutOffAnywhereIsNoCrash) {
    const auto whole = make_elf({.needed = {"libmosquitto.so.1"}});
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto links = read_elf(std::string_view(whole).substr(0, length));
        EXPECT_TRUE(!links || links->needed.empty()) << length;
    }
}

TEST(Elf, WithAnyByteChangedIsNoCrash) {
    const auto whole = make_elf({.is_64_bit = false, .needed = {"libmosquitto.so.1"}});
    for (std::size_t at = 0; at < whole.size(); ++at) {
        auto changed = whole;
        changed[at] = static_cast<char>(~changed[at]);
        static_cast<void>(read_elf(changed));
    }
}

TEST(Elf, OtherBytesAreNone) {
    EXPECT_FALSE(read_elf(std::string_view()));
    EXPECT_FALSE(read_elf("#!/bin/sh\n"));
    EXPECT_FALSE(read_elf("!<arch>\n"));
}

ElfFile file(const std::string& path, bool is_program, std::vector<std::string> needed,
             std::string soname = "") {
    return {path, {}, {is_program, std::move(soname), std::move(needed)}};
}

TEST(ElfEvidence, IsAProgramAndNotALibraryThatIsOnlyInstalled) {
    const auto evidence =
        evidence_of({file("/usr/lib/libmosquitto.so.1", false, {"libc.so.6"}, "libmosquitto.so.1"),
                     file("/usr/lib/libmosquittopp.so.1", false, {"libmosquitto.so.1"}),
                     file("/usr/bin/pub", true, {"libmosquitto.so.1"})});
    ASSERT_EQ(evidence.size(), 1U);
    EXPECT_EQ(evidence[0].name, "pub");
    EXPECT_EQ(evidence[0].use, Use::mqtt_client);
    EXPECT_EQ(evidence[0].uses, "libmosquitto.so.1");
    EXPECT_EQ(evidence[0].through, "");
}

TEST(ElfEvidence, GoesThroughTheLibrariesOfTheImageAlsoInACircle) {
    const auto evidence =
        evidence_of({file("/usr/bin/app", true, {"liba.so", "libc.so.6"}),
                     file("/usr/lib/liba.so", false, {"libb.so"}, "liba.so"),
                     file("/usr/lib/libb.so", false, {"liba.so", "libiothub_client.so.1"}, "libb.so")});
    ASSERT_EQ(evidence.size(), 1U);
    EXPECT_EQ(evidence[0].use, Use::azure_sdk);
    EXPECT_EQ(evidence[0].through, "liba.so");
}

TEST(ElfEvidence, NamesWhatSaysMost) {
    const auto evidence = evidence_of({file("/app", true, {"libpaho-mqtt3as.so.1", "libdevice-agent.so.1"})});
    ASSERT_EQ(evidence.size(), 1U);
    EXPECT_EQ(evidence[0].use, Use::device_agent_library);
}

}  // namespace
}  // namespace device_agent::image
