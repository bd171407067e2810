// SPDX-License-Identifier: Apache-2.0
#include "process.hpp"

#include "emulator/testing/temporary_folder.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace emulator::testing {
namespace {

// Where the program's three streams lead.
struct Streams {
    std::filesystem::path input = "/dev/null";
    std::filesystem::path output{};
    std::filesystem::path errors = "/dev/stderr";
    int output_pipe = -1;  ///< in place of `output`
};

// The first of the arguments is the program.
pid_t spawn(std::vector<std::string> arguments, const Streams& streams) {
    std::vector<char*> pointers;
    for (auto& argument : arguments)
        pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, streams.input.c_str(), O_RDONLY, 0);
    if (streams.output_pipe >= 0) {
        posix_spawn_file_actions_adddup2(&actions, streams.output_pipe, 1);
    } else {
        posix_spawn_file_actions_addopen(&actions, 1, streams.output.c_str(), O_WRONLY | O_CREAT, 0600);
    }
    if (streams.errors != "/dev/stderr") {
        posix_spawn_file_actions_addopen(&actions, 2, streams.errors.c_str(), O_WRONLY | O_CREAT, 0600);
    }
    pid_t pid = 0;
    const int failure = ::posix_spawnp(&pid, pointers.front(), &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) throw std::runtime_error("cannot start " + arguments.front());
    return pid;
}

int wait_for(pid_t pid) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Finished run_command(const std::vector<std::string>& arguments, const std::string& input) {
    const TemporaryFolder folder;
    const auto& path = folder.path();
    std::ofstream(path / "in") << input;
    const auto pid = spawn(arguments, {.input = path / "in", .output = path / "out", .errors = path / "err"});
    const int exit_code = wait_for(pid);
    return {exit_code, content_of(path / "out"), content_of(path / "err")};
}

Finished run_program(std::vector<std::string> arguments, const std::string& input) {
    arguments.insert(arguments.begin(), IOT_EMULATOR);
    return run_command(arguments, input);
}

RunningEmulator::RunningEmulator(const std::filesystem::path& data, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{IOT_EMULATOR,   "run", "--data",      data.string(),
                                       "--https-port", "0",   "--mqtt-port", "0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    pipe_ = ends[0];
    Streams streams;
    streams.output_pipe = ends[1];
    pid_ = spawn(arguments, streams);
    ::close(ends[1]);
    char c = 0;
    while (!output_.ends_with("\nREADY\n")) {
        if (::read(pipe_, &c, 1) != 1) {
            const int exit_code = wait_for(pid_);
            ::close(pipe_);
            throw std::runtime_error("the emulator ended with " + std::to_string(exit_code) + ": " + output_);
        }
        output_.push_back(c);
    }
    description_ = nlohmann::json::parse(content_of(data / "emulator.json"));
}

RunningEmulator::~RunningEmulator() {
    if (pid_ > 0) stop(SIGKILL);
    ::close(pipe_);
}

int RunningEmulator::stop(int signal) {
    ::kill(pid_, signal);
    const int exit_code = wait_for(pid_);
    pid_ = 0;
    return exit_code;
}

}  // namespace emulator::testing
