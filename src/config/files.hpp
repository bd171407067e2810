// SPDX-License-Identifier: Apache-2.0
// The files that a configuration names, and the rules about them.
#pragma once

#include "config/document.hpp"
#include "config/findings.hpp"
#include "foundation/secret.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace device_agent::config {

/// Makes each path in a document absolute: relative ones are meant from `folder`. A default stays a default.
void resolve_paths(Node& root, const std::filesystem::path& folder);

/// Passwords by the path of the key that names their file, such as `tpm.ownerAuthFile`.
using Passwords = std::map<std::string, SecretText, std::less<>>;

/// Each file that the document names must be readable, and a secret one by nobody else. Gives the content of
/// those that hold a TPM hierarchy's password, without one newline at the end. Paths must be resolved.
[[nodiscard]] Passwords check_files(const Node& root, Findings& findings);

/// The way to close a file that others can read, as a remedy.
[[nodiscard]] std::string advise_to_close(const std::filesystem::path& file);

}  // namespace device_agent::config
