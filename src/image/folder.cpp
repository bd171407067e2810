// SPDX-License-Identifier: Apache-2.0
#include "image/folder.hpp"

#include <algorithm>
#include <array>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>

namespace device_agent::image {
namespace {

constexpr std::array<std::string_view, 4> of_the_kernel{"/proc", "/sys", "/dev", "/run"};

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

}  // namespace

std::vector<std::string> Folder::names() const {
    std::vector<std::string> names;
    if (!descriptor_) return names;
    // A second descriptor, which closedir() takes with it.
    Descriptor own(::openat(descriptor_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!own) return names;
    const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(own.get()));
    if (!directory) return names;
    own.release();
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    std::ranges::sort(names);
    return names;
}

void Walk::through(Descriptor descriptor, const std::string& path, unsigned depth) {
    const Folder folder(std::move(descriptor));
    if (!folder || depth > RootFilesystem::deepest) {
        left_out_.push_back(path);
        return;
    }
    for (const auto& name : folder.names())
        step(folder, name, (path == "/" ? "" : path) + '/' + name, depth);
}

void Walk::step(const Folder& folder, const std::string& name, const std::string& path, unsigned depth) {
    struct stat facts {};
    if (::fstatat(folder.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (S_ISDIR(facts.st_mode)) {
        if (std::ranges::find(of_the_kernel, path) != of_the_kernel.end()) return;
        through(
            Descriptor(::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)),
            path, depth + 1);
    } else if (S_ISREG(facts.st_mode)) {
        const FileId id{facts.st_dev, facts.st_ino};
        visit_({path, id, static_cast<std::uint64_t>(facts.st_size), facts.st_mode & 07777U, [&] {
                    constexpr int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
                    Descriptor file(::openat(folder.get(), name.c_str(), flags));
                    struct stat now {};
                    const bool same = file && ::fstat(file.get(), &now) == 0 && S_ISREG(now.st_mode) &&
                                      FileId{now.st_dev, now.st_ino} == id;
                    return same ? std::move(file) : Descriptor();
                }});
    }
}

}  // namespace device_agent::image
