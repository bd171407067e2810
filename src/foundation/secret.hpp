// SPDX-License-Identifier: Apache-2.0
// Memory for keys and tokens: wiped before it is given back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <vector>

namespace device_agent {

/// An allocator whose memory is overwritten before it is freed (also the old block when a vector grows).
template <typename T>
struct WipingAllocator {
    using value_type = T;

    WipingAllocator() = default;
    template <typename U>
    // NOLINTNEXTLINE(google-explicit-constructor): allocators convert implicitly by the standard's
    // requirements.
    WipingAllocator(const WipingAllocator<U>&) noexcept {}

    [[nodiscard]] T* allocate(std::size_t count) {
        return static_cast<T*>(::operator new(count * sizeof(T)));
    }
    void deallocate(T* memory, std::size_t count) noexcept {
        ::explicit_bzero(memory, count * sizeof(T));
        ::operator delete(memory);
    }
    friend bool operator==(const WipingAllocator&, const WipingAllocator&) noexcept { return true; }
};

/// Bytes of a key.
using SecretBytes = std::vector<std::uint8_t, WipingAllocator<std::uint8_t>>;

/// Text that holds a key or a token. A vector underneath, since std::string keeps short texts inside itself,
/// where no allocator could wipe them.
class SecretText {
public:
    SecretText() = default;
    explicit SecretText(std::string_view text) : characters_(text.begin(), text.end()) {}

    SecretText& operator+=(std::string_view more) {
        characters_.insert(characters_.end(), more.begin(), more.end());
        return *this;
    }
    [[nodiscard]] std::string_view view() const noexcept { return {characters_.data(), characters_.size()}; }
    [[nodiscard]] bool empty() const noexcept { return characters_.empty(); }

    friend bool operator==(const SecretText&, const SecretText&) = default;

private:
    std::vector<char, WipingAllocator<char>> characters_;
};

}  // namespace device_agent
