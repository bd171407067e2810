// SPDX-License-Identifier: Apache-2.0
#include "image/planned_files.hpp"

#include "config/text.hpp"
#include "image/lines.hpp"
#include "image/printable.hpp"

#include <algorithm>
#include <map>

namespace device_agent::image {
namespace {

constexpr std::string_view unit_folder = "/etc/systemd/system";
constexpr std::string_view drop_in_name = "50-device-agent.conf";
constexpr std::string_view mark = "# Written by device-agent-image plan";
constexpr std::size_t largest_file = 1U << 20U;
constexpr unsigned closed = 0600;

std::string drop_in_for(const std::string& application) {
    return std::string(mark) + " for " + application +
           ": changes are overwritten.\n"
           "[Unit]\n"
           "Wants=device-agent.service\n"
           "After=device-agent.service\n"
           "\n"
           "[Service]\n"
           "LoadCredential=" +
           std::string(credential_name) + ':' + std::string(credential_socket) + '\n';
}

// Why a unit cannot load a credential; empty when it can.
std::string obstacle(const Facts& facts, const std::string& name) {
    if (!name.ends_with(".service")) return "it is no service";
    const auto unit = std::ranges::find(facts.units, name, &Unit::name);
    if (unit == facts.units.end()) return "it is not in the image";
    if (unit->masked) return "it is masked";
    if (!unit->alias_of.empty()) return "it is only another name of " + printable(unit->alias_of);
    return "";
}

// A configuration with a secret in it stays closed.
unsigned configuration_mode(const Base& base) {
    const auto* secret = base.written.find("connectionString");
    return secret != nullptr && !secret->text.empty() ? closed : 0644;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> all;
    for (Lines lines(text); const auto line = lines.next();)
        all.push_back(*line);
    return all;
}

void append(std::string& out, char sign, std::string_view line) {
    constexpr auto obeyed = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    out += sign;
    if (line.find("SharedAccess") != std::string_view::npos) {
        out += "(a line with a secret)";
    } else if (std::ranges::any_of(line, obeyed) || config::find_invalid_utf8(line)) {
        out += printable(line);
    } else {
        out += line;
    }
    out += '\n';
}

}  // namespace

PlannedFiles planned_files(const Facts& facts, const Base& base, const Plan& plan) {
    PlannedFiles planned;
    planned.files.push_back({std::string(configuration_file), compose(base, plan), configuration_mode(base)});
    std::map<std::string, std::vector<std::string>> applications_of;  // by unit
    for (const auto& assignment : plan.assignments) {
        const auto& declaration = assignment.application.declaration;
        for (const auto& unit : declaration.units) {
            if (declaration.credential) applications_of[unit].push_back(declaration.name);
        }
    }
    for (const auto& [unit, applications] : applications_of) {
        auto reason = obstacle(facts, unit);
        if (applications.size() > 1) reason = "it belongs to several applications";
        if (!reason.empty()) {
            planned.notes.push_back("No credential for the unit " + config::quote(unit) + ": " + reason +
                                    '.');
            continue;
        }
        planned.files.push_back({std::string(unit_folder) + '/' + unit + ".d/" + std::string(drop_in_name),
                                 drop_in_for(applications.front())});
    }
    return planned;
}

void remove_stale_drop_ins(const RootFilesystem& root, PlannedFiles& planned) {
    for (const auto& name : root.list(unit_folder)) {
        if (!name.ends_with(".d")) continue;
        const auto path = std::string(unit_folder) + '/' + name + '/' + std::string(drop_in_name);
        if (std::ranges::find(planned.files, path, &PlannedFile::path) != planned.files.end()) continue;
        if (root.read(path, largest_file).text.starts_with(mark))
            planned.files.push_back({path, std::nullopt});
    }
}

std::vector<Change> changes(const RootFilesystem& root, const std::vector<PlannedFile>& files) {
    std::vector<Change> changes;
    for (const auto& file : files) {
        auto reading = root.read(file.path, largest_file);
        std::optional<std::string> before;
        if (reading.ok()) before = std::move(reading.text);
        if (before != file.content) changes.push_back({file, std::move(before)});
    }
    return changes;
}

std::string describe(const Change& change) {
    const auto before = lines_of(change.before ? std::string_view(*change.before) : "");
    const auto after = lines_of(change.file.content ? std::string_view(*change.file.content) : "");
    const auto most = std::min(before.size(), after.size());
    std::size_t head = 0;
    while (head < most && before[head] == after[head])
        ++head;
    std::size_t tail = 0;
    while (tail < most - head && before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
        ++tail;

    std::string out = (change.before ? "--- " : "--- (none) ") + printable(change.file.path) + "\n+++ " +
                      (change.file.content ? "" : "(removed) ") + printable(change.file.path) + '\n';
    constexpr std::size_t context = 2;
    for (std::size_t i = head - std::min(head, context); i < head; ++i)
        append(out, ' ', before[i]);
    for (std::size_t i = head; i < before.size() - tail; ++i)
        append(out, '-', before[i]);
    for (std::size_t i = head; i < after.size() - tail; ++i)
        append(out, '+', after[i]);
    for (std::size_t i = after.size() - tail; i < after.size() - tail + std::min(tail, context); ++i)
        append(out, ' ', after[i]);
    return out;
}

void write_changes(const RootFilesystem& root, const std::vector<Change>& changes) {
    for (const auto& [file, before] : changes) {
        if (file.content) {
            root.write(file.path, *file.content, file.mode);
        } else {
            root.remove(file.path);
        }
    }
}

}  // namespace device_agent::image
