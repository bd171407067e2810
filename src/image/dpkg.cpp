// SPDX-License-Identifier: Apache-2.0
#include "image/dpkg.hpp"

#include "image/lines.hpp"

namespace device_agent::image {
namespace {

// Packages name files in /bin and /lib, which are links into /usr, by either path.
std::string_view without_usr(std::string_view path) {
    constexpr std::string_view usr = "/usr";
    if (path.starts_with("/usr/bin/") || path.starts_with("/usr/sbin/") || path.starts_with("/usr/lib"))
        path.remove_prefix(usr.size());
    return path;
}

}  // namespace

std::set<std::string, std::less<>> parse_dpkg_status(std::string_view text) {
    std::set<std::string, std::less<>> packages;
    std::string name;
    for (Lines lines(text); auto line = lines.next();) {
        if (line->empty()) name.clear();
        const auto key = take_until(*line, ':');
        if (key == "Package") name = trim(*line);
        if (key == "Status" && !name.empty() && trim(*line).ends_with(" installed")) packages.insert(name);
    }
    return packages;
}

void FileOwners::ask(std::string_view path) {
    owners_.try_emplace(std::string(without_usr(path)));
}

void FileOwners::read_list(const std::string& package, std::string_view text) {
    for (Lines lines(text); const auto line = lines.next();) {
        const auto found = owners_.find(without_usr(*line));
        if (found != owners_.end()) found->second = package;
    }
}

std::string FileOwners::owner_of(std::string_view path) const {
    const auto found = owners_.find(without_usr(path));
    return found == owners_.end() ? std::string() : found->second;
}

}  // namespace device_agent::image
