// SPDX-License-Identifier: Apache-2.0
// A software TPM of its own for a test.
#pragma once

#include "foundation/bytes.hpp"

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace device_agent::support {

/// A blank swtpm in a new temporary folder, on Unix sockets. The folder (state and log) is removed at the
/// end, unless a test failed: then it stays, and how to start the same TPM again is printed.
class Swtpm {
public:
    /// Returns when the TPM answers. Throws std::runtime_error.
    Swtpm();
    Swtpm(const Swtpm&) = delete;
    Swtpm& operator=(const Swtpm&) = delete;
    ~Swtpm();

    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
    /// For tctildr, and for TPM2TOOLS_TCTI.
    [[nodiscard]] std::string tcti() const { return "swtpm:path=" + socket().string(); }

    /// What a shell command prints, with TPM2TOOLS_TCTI set, in this TPM's folder. Fails the test when the
    /// command fails.
    [[nodiscard]] std::string shell(const std::string& command) const;

    /// Every byte string that has crossed the bus so far: commands, and answers.
    struct Traffic {
        std::vector<Bytes> commands;
        std::vector<Bytes> answers;
    };
    [[nodiscard]] Traffic traffic() const;

    /// Power off, with its state kept, and on again.
    void stop();
    void start();

private:
    [[nodiscard]] std::filesystem::path socket() const { return folder_ / "tpm.sock"; }

    std::filesystem::path folder_;
    pid_t process_ = -1;
};

}  // namespace device_agent::support
