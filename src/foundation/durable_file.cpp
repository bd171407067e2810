// SPDX-License-Identifier: Apache-2.0
#include "foundation/durable_file.hpp"

#include "foundation/error.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace device_agent {
namespace {

class Descriptor {
public:
    explicit Descriptor(int number) noexcept : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int get() const noexcept { return number_; }
    [[nodiscard]] bool valid() const noexcept { return number_ >= 0; }

private:
    int number_;
};

[[noreturn]] void fail(const char* what, const std::filesystem::path& path) {
    const int number = errno;
    throw Error(ErrorCode::state, std::string("cannot ") + what + " " + path.string() + ": " +
                                      std::generic_category().message(number));
}

void sync_folder_of(const std::filesystem::path& path) {
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor.valid() || ::fsync(descriptor.get()) != 0) fail("sync the folder", folder);
}

void write_all(int descriptor, std::string_view content, const std::filesystem::path& path) {
    while (!content.empty()) {
        const auto written = ::write(descriptor, content.data(), content.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            fail("write", path);
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
}

template <typename Content>
std::optional<Content> read_whole(const std::filesystem::path& path, std::size_t limit) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) {
        if (errno == ENOENT) return std::nullopt;
        fail("open", path);
    }
    struct stat facts {};
    if (::fstat(file.get(), &facts) != 0) fail("look at", path);
    if (!S_ISREG(facts.st_mode)) {
        throw Error(ErrorCode::state, path.string() + " is not a regular file");
    }
    Content content;
    std::array<char, 4096> part{};
    for (std::size_t size = 0;;) {
        const auto got = ::read(file.get(), part.data(), part.size());
        const int number = errno;
        if (got > 0) content += std::string_view(part.data(), static_cast<std::size_t>(got));
        ::explicit_bzero(part.data(), part.size());
        if (got < 0) {
            if (number == EINTR) continue;
            errno = number;
            fail("read", path);
        }
        if (got == 0) return content;
        size += static_cast<std::size_t>(got);
        if (size > limit) {
            throw Error(ErrorCode::state,
                        path.string() + " is larger than " + std::to_string(limit) + " bytes");
        }
    }
}

}  // namespace

void write_durably(const std::filesystem::path& path, std::string_view content, unsigned mode) {
    const std::filesystem::path temporary = path.string() + ".tmp";
    try {
        // A temporary file that a killed process left is ours to replace: the state directory has one writer.
        if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) fail("remove", temporary);
        const Descriptor file(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
        if (!file.valid()) fail("create", temporary);
        if (::fchmod(file.get(), mode) != 0) fail("set the mode of", temporary);
        write_all(file.get(), content, temporary);
        if (::fsync(file.get()) != 0) fail("sync", temporary);
        rename_durably(temporary, path);
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
}

void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) fail("rename a file to", to);
    sync_folder_of(to);
}

void remove_durably(const std::filesystem::path& path) {
    if (::unlink(path.c_str()) != 0) {
        const int number = errno;
        // A read-only file system refuses before it looks.
        if (number == ENOENT || (::access(path.c_str(), F_OK) != 0 && errno == ENOENT)) return;
        errno = number;
        fail("remove", path);
    }
    sync_folder_of(path);
}

std::optional<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
    return read_whole<std::string>(path, limit);
}

std::optional<SecretText> read_secret_file(const std::filesystem::path& path, std::size_t limit) {
    return read_whole<SecretText>(path, limit);
}

}  // namespace device_agent
