// SPDX-License-Identifier: Apache-2.0
#include "config/bind.hpp"
#include "config/check.hpp"
#include "config/config.hpp"
#include "config/files.hpp"
#include "config/input_file.hpp"
#include "config/parse.hpp"
#include "config/show.hpp"

#include <set>
#include <stdexcept>
#include <utility>

namespace device_agent::config {
namespace {

namespace fs = std::filesystem;

constexpr const char* drop_in_folder = "device-agent.d";

// The texts of the files, and what is known of them besides.
class Reading {
public:
    explicit Reading(const fs::path& file) {
        read(file);
        for (const auto& drop_in : find_drop_ins(file.parent_path() / drop_in_folder))
            read(drop_in);
    }

    [[nodiscard]] const std::vector<Source>& sources() const { return sources_; }
    [[nodiscard]] std::vector<Problem> take_problems() { return std::move(problems_); }

    // A connection string is a secret: the file that holds it must be closed to others.
    void check_secrets(const Node& root, Findings& findings) const {
        const Node* secret = root.find("connectionString");
        if (!secret->is(Node::Kind::string) || secret->text.empty()) return;
        const auto& file = *secret->place.file;
        if (!open_to_others_.contains(file)) return;
        findings.refuse(secret->place, "connectionString", "is a secret in a file that others can read",
                        advise_to_close(file));
    }

private:
    void read(const fs::path& file) {
        try {
            const InputFile input(file);
            auto text = input.read(largest_file);
            if (!text) {
                problems_.push_back(
                    {file.string(), 0, 0, "", "is larger than 1 MiB",
                     "A configuration is a few kilobytes: check that this is the right file."});
                return;
            }
            if (input.others_can_read()) open_to_others_.insert(file.string());
            sources_.push_back({file.string(), std::move(*text)});
        } catch (const std::runtime_error& error) {
            problems_.push_back({file.string(), 0, 0, "", std::string("cannot be read: ") + error.what(),
                                 "Correct the path, or let the agent's user read the file."});
        }
    }

    // In name order: byte by byte, so that it is the same on every machine.
    std::set<fs::path> find_drop_ins(const fs::path& folder) {
        std::set<fs::path> found;
        std::error_code error;
        for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
             entry.increment(error)) {
            const auto name = entry->path().filename().string();
            if (name.ends_with(".json") && !name.starts_with('.')) found.insert(entry->path());
        }
        if (error && error != std::errc::no_such_file_or_directory) {
            problems_.push_back({folder.string(), 0, 0, "", "cannot be read: " + error.message(),
                                 "Let the agent's user read the folder, or remove it."});
        }
        return found;
    }

    std::vector<Source> sources_;
    std::set<std::string> open_to_others_;
    std::vector<Problem> problems_;
};

enum class NamedFiles { checked, left_alone };

Configuration load(const fs::path& file, NamedFiles named_files) {
    Reading reading(file);
    Findings findings{.problems = reading.take_problems(), .warnings = {}};
    const bool has_all_files = findings.problems.empty();
    auto root = read_document(reading.sources(), findings.problems);
    Passwords passwords;
    // Without one of the files, most of what could be said would only follow from that.
    if (has_all_files && root) {
        check_document(*root, fs::absolute(file).parent_path(), findings);
        if (named_files == NamedFiles::checked) passwords = check_files(*root, findings);
        reading.check_secrets(*root, findings);
    }
    if (!findings.problems.empty()) {
        sort_by_place(findings.problems, reading.sources());
        throw ConfigurationError(std::move(findings.problems));
    }
    auto configuration = bind(*root, std::move(passwords));
    sort_by_place(findings.warnings, reading.sources());
    configuration.warnings = std::move(findings.warnings);
    configuration.effective = print_effective(std::move(*root));
    return configuration;
}

}  // namespace

Configuration load(const fs::path& file) {
    return load(file, NamedFiles::checked);
}

Configuration load_without_named_files(const fs::path& file) {
    return load(file, NamedFiles::left_alone);
}

}  // namespace device_agent::config
