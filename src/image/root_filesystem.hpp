// SPDX-License-Identifier: Apache-2.0
// The one door to a root file system that lies in a folder of the build machine. What is in it is hostile: no
// path, link or mount of it leads out, whoever made it.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace device_agent::image {

/// An open file, closed with its owner.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();

    [[nodiscard]] int get() const noexcept { return number_; }
    [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }
    int release() noexcept;

private:
    int number_ = -1;
};

/// What makes two paths the same file.
struct FileId {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;

    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy's mistake about what the compiler writes
    friend auto operator<=>(const FileId&, const FileId&) = default;
};

/// A regular file that walk() has come to. Nothing of it is read until open() is called.
struct FoundFile {
    std::string path;  ///< from the root: "/usr/bin/app"
    FileId id;
    std::uint64_t size = 0;
    unsigned mode = 0;
    /// Opens it for reading; an empty descriptor when it cannot be, or is another file by now.
    std::function<Descriptor()> open;
};

/// Paths are those that a program would use that runs with this root: "/etc/passwd". Links are followed as
/// the kernel would follow them there (openat2(2) with RESOLVE_IN_ROOT, Linux 5.6 or later), so an absolute
/// link, or one with many "..", ends within the root; links of /proc are never followed. Only regular files
/// are read: a FIFO, a socket or a device is not even waited for. Not to be shared by threads.
class RootFilesystem {
public:
    /// Folders nested deeper are not walked through.
    static constexpr unsigned deepest = 64;

    /// Throws Error{usage} when there is no such folder.
    explicit RootFilesystem(const std::filesystem::path& folder);

    enum class Outcome { read, missing, not_regular, too_large, unreadable };
    struct Reading {
        Outcome outcome = Outcome::missing;
        std::string text;  ///< empty unless it was read
        unsigned mode = 0;

        [[nodiscard]] bool ok() const noexcept { return outcome == Outcome::read; }
    };
    /// All of a file, or the reason why not.
    [[nodiscard]] Reading read(std::string_view path, std::size_t limit) const;

    /// The file or folder that the path leads to.
    [[nodiscard]] std::optional<FileId> identify(std::string_view path) const;
    /// The text of a link; nothing when the path names no link.
    [[nodiscard]] std::optional<std::string> link_target(std::string_view path) const;
    /// The names in a folder, in byte order; none when there is no such folder.
    [[nodiscard]] std::vector<std::string> list(std::string_view path) const;

    /// Visits every regular file, in byte order of the names. Links are not followed, and the kernel's own
    /// folders
    /// (/proc, /sys, /dev, /run) are left out. Gives the folders that could not be walked through.
    [[nodiscard]] std::vector<std::string> walk(const std::function<void(const FoundFile&)>& visit) const;

    /// Makes the missing folders (0755) and puts a whole file in the place of what has that name; a link of
    /// that name is replaced, not followed. Throws Error{state}.
    void write(std::string_view path, std::string_view content, unsigned mode = 0644) const;
    /// Removes a file, or a link; nothing happens where there is none. Throws Error{state}.
    void remove(std::string_view path) const;

private:
    [[nodiscard]] Descriptor open(std::string_view path, int flags) const;
    [[nodiscard]] Descriptor make_folder(std::string_view path) const;

    Descriptor root_;
};

}  // namespace device_agent::image
