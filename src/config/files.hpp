// SPDX-License-Identifier: Apache-2.0
// The files that a configuration names, and the rules about them.
#pragma once

#include "config/document.hpp"
#include "config/findings.hpp"
#include "config/shape.hpp"
#include "foundation/secret.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace device_agent::config {

/// Makes each path in a document absolute: relative ones are meant from `folder`. A default stays a default.
void resolve_paths(Node& root, const std::filesystem::path& folder);

/// Passwords by the path of the key that names their file, such as `tpm.ownerAuthFile`.
using Passwords = std::map<std::string, SecretText, std::less<>>;

/// Each file that the document names must be readable, and a secret one by nobody else. Gives the content of
/// those that hold a TPM hierarchy's password, without one newline at the end. Paths must be resolved.
[[nodiscard]] Passwords check_files(const Node& root, Findings& findings);

/// A file that a document names.
struct NamedFile {
    Place place;
    std::string key;
    std::filesystem::path path;
    FileUse use = FileUse::none;
};

/// Every file that the document names, in the specification's order. None of them is looked at.
[[nodiscard]] std::vector<NamedFile> named_files(const Node& root);

/// The way to close a file that others can read, as a remedy.
[[nodiscard]] std::string advise_to_close(const std::filesystem::path& file);

}  // namespace device_agent::config
