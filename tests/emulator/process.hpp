// SPDX-License-Identifier: Apache-2.0
// Running iot-emulator as a user does.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace emulator::testing {

struct Finished {
    int exit_code;  ///< 128 + the signal, when one ended it
    std::string output;
    std::string errors;
};

/// Runs the program to its end.
/// Any program, which is the first of the arguments; it is looked for in PATH.
[[nodiscard]] Finished run_command(const std::vector<std::string>& arguments, const std::string& input = "");
/// iot-emulator.
[[nodiscard]] Finished run_program(std::vector<std::string> arguments, const std::string& input = "");

/// `iot-emulator run` on free ports; ready when the constructor returns, killed with the object.
class RunningEmulator {
public:
    /// Throws std::runtime_error with the program's output when it ends instead.
    explicit RunningEmulator(const std::filesystem::path& data, const std::vector<std::string>& more = {});
    RunningEmulator(const RunningEmulator&) = delete;
    RunningEmulator& operator=(const RunningEmulator&) = delete;
    ~RunningEmulator();

    /// Sends a signal and waits for the end; its exit code.
    int stop(int signal);

    [[nodiscard]] const std::string& output() const { return output_; }  ///< up to READY
    /// emulator.json, as it was when READY was read.
    [[nodiscard]] const nlohmann::json& description() const { return description_; }

private:
    pid_t pid_;
    int pipe_;
    std::string output_;
    nlohmann::json description_;
};

}  // namespace emulator::testing
