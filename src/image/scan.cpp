// SPDX-License-Identifier: Apache-2.0
#include "image/scan.hpp"

#include "config/parse.hpp"
#include "image/declaration.hpp"
#include "image/dpkg.hpp"
#include "image/elf_evidence.hpp"
#include "image/package_evidence.hpp"
#include "image/printable.hpp"
#include "image/units.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <unistd.h>

namespace device_agent::image {
namespace {

using Outcome = RootFilesystem::Outcome;

constexpr std::size_t largest_table = 1U << 24U;     // passwd, a package's list of files
constexpr std::size_t largest_status = 1U << 27U;    // dpkg's, with thousands of packages
constexpr std::size_t largest_metadata = 1U << 20U;  // of a Node or Python package
constexpr std::string_view dpkg_info = "/var/lib/dpkg/info";
constexpr std::array<std::string_view, 3> sysusers_folders{"/etc/sysusers.d", "/usr/local/lib/sysusers.d",
                                                           "/usr/lib/sysusers.d"};
constexpr std::array<std::string_view, 3> agent_programs{"/usr/bin/device-agent", "/usr/sbin/device-agent",
                                                         "/usr/local/bin/device-agent"};

std::string_view describe(Outcome outcome) {
    switch (outcome) {
        case Outcome::missing:
            return "is a link that leads to nothing in the root file system";
        case Outcome::not_regular:
            return "is no regular file";
        case Outcome::too_large:
            return "is larger than 1 MiB";
        case Outcome::unreadable:
        case Outcome::read:
            break;
    }
    return "cannot be read";
}

std::vector<Declaration> read_manifests(const RootFilesystem& root, std::vector<config::Problem>& problems) {
    std::vector<Declaration> manifests;
    for (const auto& name : root.list(manifest_folder)) {
        if (!name.ends_with(".json") || name.starts_with('.')) continue;
        const auto path = std::string(manifest_folder) + '/' + name;
        const auto reading = root.read(path, config::largest_file);
        if (!reading.ok()) {
            problems.push_back({printable(path), 0, 0, "", std::string(describe(reading.outcome)),
                                "Replace it by a manifest, or remove it."});
        } else if (auto manifest = parse_manifest(path, reading.text, problems)) {
            manifests.push_back(std::move(*manifest));
        }
    }
    return manifests;
}

std::string text_of(const RootFilesystem& root, std::string_view path, std::size_t limit = largest_table) {
    return root.read(path, limit).text;
}

Accounts read_accounts(const RootFilesystem& root) {
    Accounts accounts;
    accounts.read_passwd(text_of(root, "/etc/passwd"));
    accounts.read_group(text_of(root, "/etc/group"));
    std::set<std::string> known;  // of two files with one name the stronger one counts
    for (const auto folder : sysusers_folders) {
        for (const auto& name : root.list(folder)) {
            if (name.ends_with(".conf") && known.insert(name).second)
                accounts.read_sysusers(text_of(root, std::string(folder) + '/' + name));
        }
    }
    return accounts;
}

bool may_be_elf(const FoundFile& file) {
    constexpr std::uint64_t smallest_header = 52;
    return file.size >= smallest_header &&
           ((file.mode & 0111U) != 0 || file.path.find(".so", file.path.rfind('/')) != std::string::npos);
}

bool is_elf(int file) {
    std::array<char, 4> magic{};
    return ::pread(file, magic.data(), magic.size(), 0) == 4 && std::string_view(magic.data(), 4) ==
                                                                    "\x7f"
                                                                    "ELF";
}

std::string read_found(const FoundFile& found) {
    std::string text;
    const auto file = found.size <= largest_metadata ? found.open() : Descriptor();
    text.resize(file ? found.size : 0);
    std::size_t done = 0;
    while (done < text.size()) {
        const auto count = ::read(file.get(), text.data() + done, text.size() - done);
        if (count <= 0) break;
        done += static_cast<std::size_t>(count);
    }
    text.resize(done);
    return text;
}

// Every file is looked at once.
void gather_evidence(const RootFilesystem& root, Facts& facts) {
    std::vector<ElfFile> elf_files;
    std::set<std::string> python_folders;
    facts.left_out = root.walk([&](const FoundFile& found) {
        if (is_node_package_file(found.path)) {
            if (auto evidence = node_evidence(found.path, read_found(found)))
                facts.evidence.push_back(std::move(*evidence));
        } else if (is_python_package_file(found.path)) {
            auto evidence = python_evidence(found.path, read_found(found));
            // An egg names its requirements in two files.
            if (evidence && python_folders.insert(evidence->folder).second)
                facts.evidence.push_back(std::move(*evidence));
        } else if (may_be_elf(found)) {
            const auto file = found.open();
            if (!file || !is_elf(file.get())) return;
            if (auto links = read_elf(file.get()))
                elf_files.push_back({found.path, found.id, std::move(*links)});
        }
    });
    for (auto& evidence : evidence_of(elf_files))
        facts.evidence.push_back(std::move(evidence));
}

void name_packages(const RootFilesystem& root, Facts& facts) {
    FileOwners owners;
    for (const auto& evidence : facts.evidence)
        owners.ask(evidence.origin.file);
    for (const auto& unit : facts.units)
        owners.ask(unit.origin.file);
    const auto installed = parse_dpkg_status(text_of(root, "/var/lib/dpkg/status", largest_status));
    for (const auto& name : root.list(dpkg_info)) {
        if (!name.ends_with(".list")) continue;
        const auto package = name.substr(0, name.find_first_of(":"));
        const auto plain = package.ends_with(".list") ? package.substr(0, package.size() - 5) : package;
        if (installed.contains(plain))
            owners.read_list(plain, text_of(root, std::string(dpkg_info) + '/' + name));
    }
    for (auto& evidence : facts.evidence)
        evidence.package = owners.owner_of(evidence.origin.file);
    for (auto& unit : facts.units)
        unit.package = owners.owner_of(unit.origin.file);
}

}  // namespace

Facts scan(const RootFilesystem& root) {
    Facts facts;
    facts.manifests = read_manifests(root, facts.problems);
    facts.units = read_units(root, facts.problems);
    facts.accounts = read_accounts(root);
    facts.has_agent =
        std::ranges::any_of(agent_programs, [&](auto path) { return root.identify(path).has_value(); });
    gather_evidence(root, facts);
    name_packages(root, facts);
    return facts;
}

}  // namespace device_agent::image
