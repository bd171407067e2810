// SPDX-License-Identifier: Apache-2.0
#include "config/input_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace device_agent::config {
namespace {

[[noreturn]] void fail(int number) {
    throw std::runtime_error(std::generic_category().message(number));
}

}  // namespace

// A pipe or a device would block or never end: opened without waiting, and then only a regular file is taken.
InputFile::InputFile(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {
    if (descriptor_ < 0) fail(errno);
    struct stat facts {};
    const bool known = ::fstat(descriptor_, &facts) == 0;
    if (!known || !S_ISREG(facts.st_mode)) {
        const int number = errno;
        ::close(descriptor_);
        if (!known) fail(number);
        throw std::runtime_error(S_ISDIR(facts.st_mode) ? "It is a folder" : "It is not a regular file");
    }
    mode_ = facts.st_mode & 07777U;
}

InputFile::~InputFile() {
    ::close(descriptor_);
}

bool InputFile::others_can_read() const noexcept {
    return (mode_ & (S_IRGRP | S_IROTH)) != 0;
}

std::string InputFile::mode() const {
    std::array<char, 8> text{};
    static_cast<void>(std::snprintf(text.data(), text.size(), "%04o", mode_));
    return text.data();
}

std::optional<SecretText> InputFile::read(std::size_t limit) const {
    SecretText content;
    std::array<char, 4096> part{};
    for (;;) {
        const auto got = ::read(descriptor_, part.data(), part.size());
        const int number = errno;
        if (got > 0) content += std::string_view(part.data(), static_cast<std::size_t>(got));
        ::explicit_bzero(part.data(), part.size());
        if (got == 0) return content;
        if (content.view().size() > limit) return std::nullopt;
        if (got < 0 && number != EINTR) fail(number);
    }
}

}  // namespace device_agent::config
