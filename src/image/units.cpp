// SPDX-License-Identifier: Apache-2.0
#include "image/units.hpp"

#include "image/declaration.hpp"
#include "image/unit_file.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace device_agent::image {
namespace {

constexpr std::size_t largest_unit = 1U << 20U;
constexpr std::string_view service = ".service";
constexpr std::string_view nothing = "/dev/null";

// From the strongest to the weakest. What is made while a machine runs (/run) is in no image.
constexpr std::array<std::string_view, 4> folders{"/etc/systemd/system", "/usr/local/lib/systemd/system",
                                                  "/usr/lib/systemd/system", "/lib/systemd/system"};
// Where the kernel looks for a program that is named without a path.
constexpr std::array<std::string_view, 4> program_folders{"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/",
                                                          "/usr/bin/"};

bool is_true(std::string_view value) {
    return value == "yes" || value == "true" || value == "1" || value == "on";
}

std::string join(const std::string& folder, const std::string& name) {
    std::string path = folder;
    path += '/';
    path += name;
    return path;
}

// Where drop-ins of a unit may lie, the most particular first: a-b@x.service.d, a-b@.service.d, a-.service.d,
// service.d.
std::vector<std::string> drop_in_folders(const std::string& unit) {
    std::vector<std::string> names{unit};
    const std::string stem = unit.substr(0, unit.size() - service.size());
    if (const auto at = stem.find('@'); at != std::string::npos && at + 1 < stem.size())
        names.push_back(stem.substr(0, at + 1) + std::string(service));
    for (auto dash = stem.rfind('-'); dash != std::string::npos && dash > 0; dash = stem.rfind('-', dash - 1))
        names.push_back(stem.substr(0, dash + 1) + std::string(service));
    names.emplace_back(service.substr(1));
    for (auto& name : names)
        name += ".d";
    return names;
}

class UnitReader {
public:
    UnitReader(const RootFilesystem& root, std::vector<config::Problem>& problems)
        : root_(root), problems_(problems) {
        std::set<FileId> known;  // /lib is often a link to /usr/lib
        for (const auto folder : folders) {
            const auto id = root.identify(folder);
            if (!id || !known.insert(*id).second) continue;
            auto names = root.list(folder);
            places_.push_back({std::string(folder), {names.begin(), names.end()}});
        }
    }

    std::vector<Unit> read_all() {
        std::map<std::string, std::string> found;  // unit → path
        for (const auto& [folder, names] : places_) {
            for (const auto& name : names) {
                if (name.ends_with(service) && name.size() > service.size())
                    found.try_emplace(name, join(folder, name));
            }
        }
        std::vector<Unit> units;
        units.reserve(found.size());
        for (const auto& [name, path] : found)
            units.push_back(read(name, path));
        return units;
    }

private:
    struct Place {
        std::string folder;
        std::set<std::string> names;
    };

    Unit read(const std::string& name, const std::string& path) {
        Unit unit;
        unit.name = name;
        unit.origin = {path, 0};
        if (const auto target = root_.link_target(path)) {
            const auto real = target->substr(target->rfind('/') + 1);
            if (*target == nothing) {
                unit.masked = true;
                return unit;
            }
            if (real != name && real.ends_with(service)) {
                unit.alias_of = real;
                return unit;
            }
        }
        const auto main = root_.read(path, largest_unit);
        unit.masked = main.ok() && main.text.empty();
        if (!main.ok() || unit.masked) return unit;

        std::vector<SectionSetting> section;
        apply(path, main.text, unit, section);
        for (const auto& [file, drop_in] : drop_ins(name)) {
            const auto content = root_.read(drop_in, largest_unit);
            if (content.ok()) apply(drop_in, content.text, unit, section);
        }
        unit.declaration = parse_section(name, section, problems_);
        if (unit.declaration) {
            unit.declaration->description = unit.description;
            // The user makes the grant stronger, and keeps it valid where the kernel cannot prove the unit.
            if (const auto user = unit.named_user(); !user.empty()) unit.declaration->users = {user};
        }
        return unit;
    }

    // By file name, in which order they take effect; of two with one name the stronger one.
    [[nodiscard]] std::map<std::string, std::string> drop_ins(const std::string& unit) const {
        std::map<std::string, std::string> files;
        for (const auto& name : drop_in_folders(unit)) {
            for (const auto& [folder, names] : places_) {
                if (!names.contains(name)) continue;
                const auto path = join(folder, name);
                for (const auto& file : root_.list(path)) {
                    if (file.ends_with(".conf")) files.try_emplace(file, join(path, file));
                }
            }
        }
        return files;
    }

    void apply(const std::string& file, std::string_view text, Unit& unit,
               std::vector<SectionSetting>& section) const {
        for (auto& setting : parse_unit_file(text)) {
            if (setting.section == unit_section) {
                section.push_back({file, std::move(setting)});
            } else if (setting.section == "Unit" && setting.key == "Description") {
                unit.description = setting.value;
            } else if (setting.section == "Service") {
                apply_service(setting, unit);
            }
        }
    }

    void apply_service(const UnitSetting& setting, Unit& unit) const {
        const auto& [section, key, value, line] = setting;
        if (key == "User") {
            unit.user = value;
        } else if (key == "Group") {
            unit.group = value;
        } else if (key == "DynamicUser") {
            unit.dynamic_user = is_true(value);
        } else if (key == "SupplementaryGroups") {
            if (value.empty()) unit.supplementary_groups.clear();
            for (auto& group : unit_words(value))
                unit.supplementary_groups.push_back(std::move(group));
        } else if (key == "WorkingDirectory") {
            if (value.starts_with('/')) unit.arguments.push_back(value);
        } else if (key == "ExecStart") {
            if (value.empty()) {
                unit.programs.clear();
                unit.arguments.clear();
            } else {
                apply_command(unit_words(value), unit);
            }
        }
    }

    // Before the program may stand characters that say how it is run.
    void apply_command(const std::vector<std::string>& words, Unit& unit) const {
        if (words.empty()) return;
        const auto program =
            words.front().substr(std::min(words.front().find_first_not_of("@-:+!|"), words.front().size()));
        if (const auto id = find_program(program)) unit.programs.push_back(*id);
        unit.arguments.push_back(program);
        for (auto word = words.begin() + 1; word != words.end(); ++word) {
            if (!word->starts_with('/')) continue;
            unit.arguments.push_back(*word);
            // An interpreter's script may itself be a program of interest (env, sh).
            if (const auto id = root_.identify(*word)) unit.programs.push_back(*id);
        }
    }

    [[nodiscard]] std::optional<FileId> find_program(const std::string& program) const {
        if (program.starts_with('/')) return root_.identify(program);
        if (program.empty() || program.find('/') != std::string::npos) return std::nullopt;
        for (const auto folder : program_folders) {
            if (const auto id = root_.identify(std::string(folder) + program)) return id;
        }
        return std::nullopt;
    }

    const RootFilesystem& root_;
    std::vector<config::Problem>& problems_;
    std::vector<Place> places_;
};

}  // namespace

std::vector<Unit> read_units(const RootFilesystem& root, std::vector<config::Problem>& problems) {
    return UnitReader(root, problems).read_all();
}

}  // namespace device_agent::image
