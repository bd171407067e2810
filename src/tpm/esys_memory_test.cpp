// SPDX-License-Identifier: Apache-2.0
// A module key is in this process only while its owner holds it: neither we nor the TSS leave a copy of it.
#include "foundation/digest.hpp"
#include "tests/support/esys_tpm_fixture.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <limits>
#include <unistd.h>
#include <vector>

namespace device_agent::tpm {
namespace {

/// A random key that is kept in another form, so that looking for it does not put it into memory.
class HiddenKey {
public:
    HiddenKey() {
        Bytes key = random_bytes(size);
        for (std::size_t i = 0; i < size; ++i)
            hidden_[i] = static_cast<std::uint8_t>(~key[i]);
        ::explicit_bzero(key.data(), key.size());
    }
    [[nodiscard]] SecretBytes reveal() const {
        SecretBytes key(size);
        for (std::size_t i = 0; i < size; ++i)
            key[i] = static_cast<std::uint8_t>(~hidden_[i]);
        return key;
    }
    [[nodiscard]] std::size_t copies_in(ByteView memory) const {
        std::size_t copies = 0;
        // memchr(), since this goes through tens of megabytes under a sanitizer.
        while (const void* found =
                   std::memchr(memory.data(), static_cast<std::uint8_t>(~hidden_[0]), memory.size())) {
            memory = memory.subspan(
                static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - memory.data()));
            if (memory.size() < size) break;
            std::size_t equal = 0;
            while (equal < size && static_cast<std::uint8_t>(~memory[equal]) == hidden_[equal])
                ++equal;
            if (equal == size) ++copies;
            memory = memory.subspan(1);
        }
        return copies;
    }

    static constexpr std::size_t size = 32;

private:
    std::array<std::uint8_t, size> hidden_{};
};

struct Mapping {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
};

/// What this process can write: heap, stack, data of libraries.
std::vector<Mapping> writable_mappings() {
    constexpr std::uintptr_t shadow_memory_of_a_sanitizer = std::uintptr_t{1} << 30U;
    std::vector<Mapping> result;
    std::ifstream maps("/proc/self/maps");
    // "7f0000000000-7f0000021000 rw-p …"
    std::string access;
    for (Mapping mapping;
         maps >> std::hex >> mapping.begin && maps.ignore(1) && maps >> mapping.end >> access;) {
        if (access.at(1) == 'w' && mapping.end - mapping.begin < shadow_memory_of_a_sanitizer)
            result.push_back(mapping);
        maps.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    return result;
}

std::size_t copies_in_this_process(const HiddenKey& key) {
    static std::array<std::uint8_t, 65536> window;
    const auto mappings = writable_mappings();
    const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): where the window itself lies.
    const auto own = reinterpret_cast<std::uintptr_t>(window.data());
    std::size_t copies = 0;
    for (const Mapping& mapping : mappings) {
        // Windows overlap, so that a key across two of them is seen, but is not counted twice.
        for (auto at = mapping.begin; at < mapping.end; at += window.size() - HiddenKey::size + 1) {
            if (at < own + window.size() && own < at + window.size()) continue;
            const auto wanted = std::min<std::size_t>(window.size(), mapping.end - at);
            const auto got = ::pread(memory, window.data(), wanted, static_cast<off_t>(at));
            if (got > 0) copies += key.copies_in(ByteView(window).first(static_cast<std::size_t>(got)));
        }
    }
    ::explicit_bzero(window.data(), window.size());
    ::close(memory);
    return copies;
}

using MemoryTest = EsysTpmTest;

TEST_F(MemoryTest, NoCopyOfAWrappedKeyStays) {
    provide_primary_keys();
    const HiddenKey hidden;
    ASSERT_EQ(copies_in_this_process(hidden), 0U);
    run([&](Sequence& sequence) {
        {
            const SecretBytes key = hidden.reveal();
            ASSERT_EQ(copies_in_this_process(hidden), 1U) << "what is there is found";
            static_cast<void>(sequence.wrap_keys(std::span(&key, 1), no_auth));
        }
        EXPECT_EQ(copies_in_this_process(hidden), 0U) << "in the open connection";
    });
    EXPECT_EQ(copies_in_this_process(hidden), 0U) << "in memory that was freed";
}

}  // namespace
}  // namespace device_agent::tpm
