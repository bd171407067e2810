// SPDX-License-Identifier: Apache-2.0
#include "app_api/listening_socket.hpp"

#include "foundation/error.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace device_agent::app_api {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw Error(ErrorCode::state, what + ": " + std::strerror(errno));
}

// Through a descriptor of the folder: then a name is never too long, and the folder cannot become another one
// meanwhile.
class Folder {
public:
    explicit Folder(const std::filesystem::path& path)
        : path_(path), descriptor_(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
        if (descriptor_ < 0) fail("cannot open the folder " + path.string() + " for the socket");
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { ::close(descriptor_); }

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    [[nodiscard]] sockaddr_un address_of(const std::string& name) const {
        const auto text = "/proc/self/fd/" + std::to_string(descriptor_) + '/' + name;
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        if (text.size() >= sizeof address.sun_path) {
            throw Error(ErrorCode::state,
                        "the name of the socket " + (path_ / name).string() + " is too long");
        }
        text.copy(address.sun_path, text.size());
        return address;
    }

private:
    std::filesystem::path path_;
    int descriptor_;
};

const sockaddr* generic(const sockaddr_un& address) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the interface is meant.
    return reinterpret_cast<const sockaddr*>(&address);
}

int make_socket() {
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) fail("cannot make a socket");
    return descriptor;
}

// Throws unless the name is free, or that of a socket at which nobody answers.
void require_replaceable(const std::filesystem::path& path, const Folder& folder) {
    const auto name = path.filename().string();
    struct stat found {};
    if (::fstatat(folder.descriptor(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return;
        fail("cannot look at " + path.string());
    }
    if (!S_ISSOCK(found.st_mode)) {
        throw Error(ErrorCode::state,
                    path.string() +
                        " is there already and is no socket. Remove it, or name another socket in the "
                        "configuration.");
    }
    const int descriptor = make_socket();
    const auto address = folder.address_of(name);
    const bool answers =
        ::connect(descriptor, generic(address), sizeof address) == 0 || errno != ECONNREFUSED;
    ::close(descriptor);
    if (answers) {
        throw Error(ErrorCode::state,
                    "somebody already answers at " + path.string() +
                        ". Stop the other agent, or name another socket in the configuration.");
    }
}

}  // namespace

ListeningSocket ListeningSocket::create(const std::filesystem::path& path, mode_t mode) {
    const auto parent = path.parent_path();
    if (::mkdir(parent.c_str(), 0755) == 0) {
        ::chmod(parent.c_str(), 0755);  // whatever the umask
    } else if (errno != EEXIST) {
        fail("cannot make the folder " + parent.string() + " for the socket");
    }
    const Folder folder(parent);
    require_replaceable(path, folder);

    ListeningSocket made(make_socket());
    const auto temporary = '.' + std::to_string(::getpid()) + ".socket";
    ::unlinkat(folder.descriptor(), temporary.c_str(), 0);  // of a killed process that had our pid
    const auto address = folder.address_of(temporary);
    if (::bind(made.descriptor_, generic(address), sizeof address) != 0)
        fail("cannot make the socket " + path.string());
    struct stat found {};
    if (::fchmodat(folder.descriptor(), temporary.c_str(), mode, 0) != 0 ||
        ::fstatat(folder.descriptor(), temporary.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0 ||
        ::listen(made.descriptor_, SOMAXCONN) != 0 ||
        ::renameat(folder.descriptor(), temporary.c_str(), folder.descriptor(), path.filename().c_str()) !=
            0) {
        const int error = errno;
        ::unlinkat(folder.descriptor(), temporary.c_str(), 0);
        errno = error;
        fail("cannot make the socket " + path.string());
    }
    made.path_ = path;
    made.device_ = found.st_dev;
    made.inode_ = found.st_ino;
    return made;
}

ListeningSocket ListeningSocket::adopt(int descriptor) {
    ListeningSocket adopted(descriptor);
    const auto option = [&](int name) {
        int value = -1;
        socklen_t length = sizeof value;
        return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
    };
    if (option(SO_DOMAIN) != AF_UNIX || option(SO_TYPE) != SOCK_STREAM || option(SO_ACCEPTCONN) != 1) {
        throw Error(
            ErrorCode::configuration,
            "descriptor " + std::to_string(descriptor) +
                " is no listening Unix stream socket. Use ListenStream= with a path in the socket unit.");
    }
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
    return adopted;
}

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::exchange(other.path_, {})),
      device_(other.device_),
      inode_(other.inode_) {}

ListeningSocket::~ListeningSocket() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    struct stat found {};
    if (!path_.empty() && ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ &&
        found.st_ino == inode_)
        ::unlink(path_.c_str());
}

}  // namespace device_agent::app_api
