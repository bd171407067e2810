// SPDX-License-Identifier: Apache-2.0
// A plan as the files that it comes to in the image.
#pragma once

#include "image/facts.hpp"
#include "image/image_configuration.hpp"
#include "image/plan.hpp"
#include "image/root_filesystem.hpp"

#include <optional>
#include <string>
#include <vector>

namespace device_agent::image {

/// The name by which a program finds its connection string in $CREDENTIALS_DIRECTORY.
inline constexpr std::string_view credential_name = "iothub-connection-string";
inline constexpr std::string_view credential_socket = "/run/device-agent/credential.sock";

struct PlannedFile {
    std::string path;                    ///< from the root
    std::optional<std::string> content;  ///< nothing: the file is removed
    unsigned mode = 0644;
};

struct PlannedFiles {
    std::vector<PlannedFile> files;  ///< the configuration first, then the drop-ins by path
    std::vector<std::string> notes;  ///< units that get no credential, and why
};

/// The configuration and a drop-in for each unit that loads its connection string as a credential.
[[nodiscard]] PlannedFiles planned_files(const Facts& facts, const Base& base, const Plan& plan);

/// Adds the removal of drop-ins that an earlier plan wrote and this one does not.
void remove_stale_drop_ins(const RootFilesystem& root, PlannedFiles& planned);

/// The files whose content is another one by now, with what they hold in the root file system.
struct Change {
    PlannedFile file;
    std::optional<std::string> before;
};
[[nodiscard]] std::vector<Change> changes(const RootFilesystem& root, const std::vector<PlannedFile>& files);

/// The change as lines with "-" and "+", under the file's name.
[[nodiscard]] std::string describe(const Change& change);

/// Writes the changed files. Throws Error{state}; files before the one that failed are written then.
void write_changes(const RootFilesystem& root, const std::vector<Change>& changes);

}  // namespace device_agent::image
