// SPDX-License-Identifier: Apache-2.0
#include "image/root_filesystem.hpp"

#include "foundation/error.hpp"
#include "image/folder.hpp"
#include "image/printable.hpp"

#include <climits>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace device_agent::image {
namespace {

constexpr const char* unfinished = ".device-agent-image.new";

[[noreturn]] void fail(std::string_view doing, std::string_view path, int number) {
    std::string reason = std::generic_category().message(number);
    // What a link in the place of a folder comes to, when what it names is not in the root.
    if (number == EEXIST || number == ENOTDIR || number == ELOOP)
        reason += " (a file, or a link that leads to nothing in the root file system, is in the way)";
    throw Error(ErrorCode::state, "cannot " + std::string(doing) + ' ' + printable(path) +
                                      " in the root file system: " + reason +
                                      "; remove what is in the way, or let this user write there");
}

// A path as openat2 takes it: without a NUL, and never empty.
std::optional<std::string> kernel_path(std::string_view path) {
    if (path.find('\0') != std::string_view::npos || path.size() >= PATH_MAX) return std::nullopt;
    return path.empty() ? std::string("/") : std::string(path);
}

std::pair<std::string_view, std::string_view> split(std::string_view path) {
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) return {"/", path};
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

bool write_all(int file, std::string_view content) {
    while (!content.empty()) {
        const auto count = ::write(file, content.data(), content.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        content.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}

Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

int Descriptor::release() noexcept {
    return std::exchange(number_, -1);
}

RootFilesystem::RootFilesystem(const std::filesystem::path& folder)
    : root_(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    if (!root_)
        throw Error(ErrorCode::usage, "the root file system " + printable(folder.native()) +
                                          " cannot be opened: " + std::generic_category().message(errno) +
                                          "; name the folder that the image was unpacked into");
}

Descriptor RootFilesystem::open(std::string_view path, int flags) const {
    const auto name = kernel_path(path);
    if (!name) {
        errno = ENOENT;
        return {};
    }
    open_how how{};
    how.flags = static_cast<__u64>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    // EAGAIN: somebody renamed a folder meanwhile, and the kernel could not be sure to have stayed inside.
    for (int tries = 0; tries < 16; ++tries) {
        const auto number = ::syscall(SYS_openat2, root_.get(), name->c_str(), &how, sizeof how);
        if (number >= 0) return Descriptor(static_cast<int>(number));
        if (errno != EAGAIN && errno != EINTR) break;
    }
    if (errno == ENOSYS)
        throw Error(ErrorCode::internal,
                    "the kernel has no openat2(), without which a root file system cannot be read safely; "
                    "run on Linux 5.6 or later");
    return {};
}

RootFilesystem::Reading RootFilesystem::read(std::string_view path, std::size_t limit) const {
    const auto failed = [] {
        const bool missing = errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
        return Reading{missing ? Outcome::missing : Outcome::unreadable, {}, 0};
    };
    // First only its place is taken: a device must not notice that it was looked at.
    const auto place = open(path, O_PATH);
    if (!place) return failed();
    struct stat facts {};
    if (::fstat(place.get(), &facts) != 0) return failed();
    if (!S_ISREG(facts.st_mode)) return {Outcome::not_regular, {}, 0};
    const auto file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!file || ::fstat(file.get(), &facts) != 0) return failed();
    if (!S_ISREG(facts.st_mode)) return {Outcome::not_regular, {}, 0};
    if (facts.st_size < 0 || static_cast<std::uint64_t>(facts.st_size) > limit)
        return {Outcome::too_large, {}, 0};

    Reading reading{Outcome::read, {}, facts.st_mode & 07777U};
    std::array<char, 65536> part{};
    for (;;) {
        const auto count = ::read(file.get(), part.data(), part.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed();
        if (count == 0) return reading;
        reading.text.append(part.data(), static_cast<std::size_t>(count));
        if (reading.text.size() > limit) return {Outcome::too_large, {}, 0};
    }
}

std::optional<FileId> RootFilesystem::identify(std::string_view path) const {
    const auto file = open(path, O_PATH);
    struct stat facts {};
    if (!file || ::fstat(file.get(), &facts) != 0) return std::nullopt;
    return FileId{facts.st_dev, facts.st_ino};
}

std::optional<std::string> RootFilesystem::link_target(std::string_view path) const {
    const auto link = open(path, O_PATH | O_NOFOLLOW);
    std::array<char, PATH_MAX> text{};
    const auto length = link ? ::readlinkat(link.get(), "", text.data(), text.size()) : -1;
    if (length < 0) return std::nullopt;
    return std::string(text.data(), static_cast<std::size_t>(length));
}

std::vector<std::string> RootFilesystem::list(std::string_view path) const {
    const Folder folder(open(path, O_RDONLY | O_DIRECTORY));
    return folder.names();
}

void RootFilesystem::write(std::string_view path, std::string_view content, unsigned mode) const {
    const auto [parent, name] = split(path);
    const auto folder = make_folder(parent);
    ::unlinkat(folder.get(), unfinished, 0);
    const Descriptor file(
        ::openat(folder.get(), unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    const std::string target(name);
    const bool done = file && write_all(file.get(), content) && ::fchmod(file.get(), mode) == 0 &&
                      ::renameat(folder.get(), unfinished, folder.get(), target.c_str()) == 0;
    if (done) return;
    const int number = errno;
    ::unlinkat(folder.get(), unfinished, 0);
    fail("write", path, number);
}

void RootFilesystem::remove(std::string_view path) const {
    const auto [parent, name] = split(path);
    const auto folder = open(parent, O_PATH | O_DIRECTORY);
    if (!folder) return;
    const std::string target(name);
    if (::unlinkat(folder.get(), target.c_str(), 0) != 0 && errno != ENOENT) fail("remove", path, errno);
}

// The whole path is resolved anew at each step, so that every link in it is followed within the root.
Descriptor RootFilesystem::make_folder(std::string_view path) const {
    auto folder = open(path, O_PATH | O_DIRECTORY);
    if (folder) return folder;
    if (errno != ENOENT || path == "/") fail("use the folder", path, errno);
    const auto [parent, name] = split(path);
    const auto above = make_folder(parent);
    const std::string made(name);
    if (::mkdirat(above.get(), made.c_str(), 0755) != 0) fail("make the folder", path, errno);
    folder = open(path, O_PATH | O_DIRECTORY);
    if (!folder) fail("use the folder", path, errno);
    return folder;
}

std::vector<std::string> RootFilesystem::walk(const std::function<void(const FoundFile&)>& visit) const {
    Walk walk(visit);
    walk.through(open("/", O_RDONLY | O_DIRECTORY), "/", 0);
    return walk.take_left_out();
}

}  // namespace device_agent::image
