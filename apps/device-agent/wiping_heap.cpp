// SPDX-License-Identifier: Apache-2.0
// Every block of heap is wiped as it is freed (decision 23). A module key passes through the buffers of
// libcurl, OpenSSL, the JSON parser and the TSS, none of which can be told to wipe them; but all of them free
// by these two functions, which take the place of the C library's for the whole process. Not built with
// sanitizers, which have a heap of their own.
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <malloc.h>

// NOLINTBEGIN(bugprone-reserved-identifier,cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): the
// C library's own names, and what this file is for.
extern "C" {

// The C library's free() under the name by which it stays within reach. (glibc, "Replacing malloc".)
void __libc_free(void* memory) noexcept;

void free(void* memory) noexcept {
    if (memory == nullptr) return;
    const int error = errno;
    ::explicit_bzero(memory, ::malloc_usable_size(memory));
    __libc_free(memory);
    errno = error;
}

// The C library's own would free the block that it moves from by itself.
void* realloc(void* memory, std::size_t size) noexcept {
    if (memory == nullptr) return std::malloc(size);
    if (size == 0) {
        std::free(memory);
        return nullptr;
    }
    const std::size_t had = ::malloc_usable_size(memory);
    if (size <= had && size >= had / 2) return memory;
    void* const moved = std::malloc(size);
    if (moved == nullptr) return nullptr;
    std::memcpy(moved, memory, std::min(had, size));
    std::free(memory);
    return moved;
}
}
// NOLINTEND(bugprone-reserved-identifier,cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)
