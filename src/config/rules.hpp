// SPDX-License-Identifier: Apache-2.0
// The rules across keys: those that a JSON schema does not say. docs/configuration.md lists them.
#pragma once

#include "config/document.hpp"
#include "config/findings.hpp"

namespace device_agent::config {

/// All of them, on a document that was validated and has its defaults.
void check_rules(const Node& root, Findings& findings);

/// Slots and modules are used once; applications get only identities that are theirs.
void check_identity_rules(const Node& root, Findings& findings);
/// The certificate of an application is there exactly where it is needed.
void check_certificate_rules(const Node& root, Findings& findings);
/// The slots' handles and indices fit, and spare what is not ours.
void check_tpm_rules(const Node& root, Findings& findings);

/// The values at a path; nothing when it is absent or wrong.
[[nodiscard]] std::optional<std::int64_t> integer_at(const Node& root, std::string_view path);
[[nodiscard]] std::optional<std::string_view> text_at(const Node& root, std::string_view path);
/// The members of the object at a path; none when it is absent or wrong.
[[nodiscard]] const std::vector<Member>& members_at(const Node& root, std::string_view path);
/// Whether the value at a path was written, and is no default.
[[nodiscard]] bool is_written(const Node& root, std::string_view path);
/// The first of the paths whose value was written: where a rule that joins them points.
[[nodiscard]] std::string_view first_written(const Node& root, std::initializer_list<std::string_view> paths);

}  // namespace device_agent::config
