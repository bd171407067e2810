// SPDX-License-Identifier: Apache-2.0
// Is an image fit to be put on devices? A pure function of what was found in it.
#pragma once

#include "config/interpret.hpp"
#include "image/application.hpp"
#include "image/lock.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace device_agent::image {

enum class Severity {
    note,     ///< nothing to be done
    warning,  ///< allowed, but worth a look
    error,    ///< the image must not be built like this
};

struct Finding {
    Severity severity = Severity::error;
    std::string_view id;  ///< the kind of finding, a stable word: "unknown-user"
    Origin place;         ///< a file of the image, or the lock file; fit for a terminal
    std::string subject;  ///< the application or key; empty: the image as a whole
    std::string what;     ///< continues the subject: "is granted to …"
    std::string remedy;   ///< a whole sentence; empty for a note
};

/// A file that the configuration names.
struct NamedFileState {
    bool exists = false;
    unsigned mode = 0;
};

/// An image as it is to be shipped.
struct Image {
    Facts facts;
    std::vector<Application> applications;
    std::optional<config::Interpretation> configuration;  ///< nothing: the image has none
    bool configuration_is_open = false;                   ///< others can read one of its files
    std::map<std::string, NamedFileState> named_files;    ///< by the key that names it
    std::vector<std::string> state_files;                 ///< in the agent's state directory
    bool has_machine_id = false;
    std::optional<Lock> lock;
    std::string lock_file;  ///< its name in findings
};

/// Everything worth saying, in the order: the image, its applications, its lock file.
[[nodiscard]] std::vector<Finding> check(const Image& image);

/// The most severe finding; a note when there is none.
[[nodiscard]] Severity worst(const std::vector<Finding>& findings);
/// "error", "warning", "note".
[[nodiscard]] std::string_view to_text(Severity severity) noexcept;
/// One line: `SEVERITY: PLACE: SUBJECT WHAT. REMEDY`.
[[nodiscard]] std::string render(const Finding& finding);

}  // namespace device_agent::image
