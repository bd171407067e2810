// SPDX-License-Identifier: Apache-2.0
// Any bytes as a file of a root file system: the first byte says of which kind. A parser gives values or
// problems, never a crash, and what it says is one line.
#include "config/problem.hpp"
#include "image/accounts.hpp"
#include "image/declaration.hpp"
#include "image/dpkg.hpp"
#include "image/elf.hpp"
#include "image/lock.hpp"
#include "image/package_evidence.hpp"
#include "image/unit_file.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace device_agent;
using namespace device_agent::image;

namespace {

void expect_told(const std::vector<config::Problem>& problems) {
    for (const auto& problem : problems) {
        if (config::render(problem).find('\n') != std::string::npos || problem.remedy.empty()) std::abort();
    }
}

void read_manifest(std::string_view text) {
    std::vector<config::Problem> problems;
    if (parse_manifest("/manifest.json", text, problems).has_value() != problems.empty()) std::abort();
    expect_told(problems);
}

void read_unit(std::string_view text) {
    std::vector<SectionSetting> section;
    for (auto& setting : parse_unit_file(text)) {
        static_cast<void>(unit_words(setting.value));
        if (setting.section == unit_section) section.push_back({"/a.service", std::move(setting)});
    }
    std::vector<config::Problem> problems;
    static_cast<void>(parse_section("a.service", section, problems));
    expect_told(problems);
}

void read_lock(std::string_view text) {
    try {
        const auto lock = parse_lock("lock", text);
        if (parse_lock("lock", to_text(lock)) != lock) std::abort();
    } catch (const config::ConfigurationError& error) {
        expect_told(error.problems());
    }
}

void read_accounts(std::string_view text) {
    Accounts accounts;
    accounts.read_passwd(text);
    accounts.read_group(text);
    accounts.read_sysusers(text);
    static_cast<void>(accounts.is_member("user", "tss"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the fuzzer's interface gives bytes.
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (static_cast<char>(data[0])) {
        case 'm':
            read_manifest(text);
            break;
        case 'u':
            read_unit(text);
            break;
        case 'e':
            static_cast<void>(read_elf(text));
            break;
        case 'l':
            read_lock(text);
            break;
        case 'a':
            read_accounts(text);
            break;
        case 'n':
            static_cast<void>(node_evidence("/app/package.json", text));
            break;
        case 'p':
            static_cast<void>(python_evidence("/a-1.dist-info/METADATA", text));
            static_cast<void>(python_evidence("/a.egg-info/requires.txt", text));
            break;
        case 'd':
            static_cast<void>(parse_dpkg_status(text));
            FileOwners().read_list("package", text);
            break;
        default:
            break;
    }
    return 0;
}
