// SPDX-License-Identifier: Apache-2.0
// The database of Debian's package manager: which package a file is of.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace device_agent::image {

/// The installed packages of /var/lib/dpkg/status, as they are named in it. What is not understood is passed
/// over.
[[nodiscard]] std::set<std::string, std::less<>> parse_dpkg_status(std::string_view text);

/// Answers for the paths that were asked for before the lists are read: an image has a hundred times more.
class FileOwners {
public:
    void ask(std::string_view path);
    /// The text of /var/lib/dpkg/info/PACKAGE.list.
    void read_list(const std::string& package, std::string_view text);
    /// Empty when no package has it.
    [[nodiscard]] std::string owner_of(std::string_view path) const;

private:
    std::map<std::string, std::string, std::less<>> owners_;
};

}  // namespace device_agent::image
