// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/secret.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace device_agent::config {

/// A regular file that was opened for reading. What it says of itself and what is read come from the same
/// file, also when another takes its name meanwhile.
class InputFile {
public:
    /// Throws std::runtime_error that says why the file cannot be opened ("No such file or directory").
    explicit InputFile(const std::filesystem::path& path);
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;
    ~InputFile();

    /// Its group or everybody may read it.
    [[nodiscard]] bool others_can_read() const noexcept;
    /// "0644".
    [[nodiscard]] std::string mode() const;
    /// All of it, or nothing when it is longer than `limit` bytes. Throws std::runtime_error.
    [[nodiscard]] std::optional<SecretText> read(std::size_t limit) const;

private:
    int descriptor_;
    unsigned mode_ = 0;
};

}  // namespace device_agent::config
