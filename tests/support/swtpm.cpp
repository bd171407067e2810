// SPDX-License-Identifier: Apache-2.0
#include "tests/support/swtpm.hpp"

#include "foundation/encoding.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace device_agent::support {
namespace {

std::filesystem::path make_folder() {
    std::string path = (std::filesystem::temp_directory_path() / "swtpm-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) throw std::system_error(errno, std::generic_category(), path);
    return path;
}

bool accepts_connections(const std::filesystem::path& socket_path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = socket_path.string();
    if (path.size() >= sizeof(address.sun_path)) throw std::runtime_error("too long for a socket: " + path);
    path.copy(address.sun_path, path.size());
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the socket interface asks for.
    const bool connected =
        ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    ::close(descriptor);
    return connected;
}

std::vector<std::string> command_line(const std::filesystem::path& folder,
                                      const std::filesystem::path& socket) {
    // clang-format off
    return {"swtpm", "socket", "--tpm2", "--tpmstate", "dir=" + folder.string(),
            "--server", "type=unixio,path=" + socket.string(),
            "--ctrl", "type=unixio,path=" + socket.string() + ".ctrl",
            "--flags", "startup-clear", "--log", "level=20,file=" + (folder / "traffic.log").string()};
    // clang-format on
}

}  // namespace

Swtpm::Swtpm() : folder_(make_folder()) {
    start();
}

Swtpm::~Swtpm() {
    stop();
    if (::testing::Test::HasFailure()) {
        std::cerr << "The TPM of the failed test is in " << folder_ << "; start it again with:\n ";
        for (const std::string& word : command_line(folder_, socket()))
            std::cerr << ' ' << word;
        std::cerr << "\n  export TPM2TOOLS_TCTI=" << tcti() << '\n';
        return;
    }
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void Swtpm::start() {
    const std::vector<std::string> words = command_line(folder_, socket());
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): execvp() takes char* and changes nothing.
    for (const std::string& word : words)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const std::string log = (folder_ / "swtpm.log").string();

    process_ = ::fork();
    if (process_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (process_ == 0) {
        // It must not outlive a test that crashes.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(output, STDOUT_FILENO);
        ::dup2(output, STDERR_FILENO);
        ::execvp(arguments[0], arguments.data());
        ::_exit(127);
    }
    while (!accepts_connections(socket())) {
        if (::waitpid(process_, nullptr, WNOHANG) == process_) {
            process_ = -1;
            throw std::runtime_error("swtpm did not start, see " + log);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

void Swtpm::stop() {
    if (process_ < 0) return;
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
}

std::string Swtpm::shell(const std::string& command) const {
    const std::string line = "cd '" + folder_.string() + "' && export TPM2TOOLS_TCTI='" + tcti() + "' && { " +
                             command + "\n} 2>>tools.log";
    FILE* const pipe = ::popen(line.c_str(), "re");
    if (pipe == nullptr) throw std::system_error(errno, std::generic_category(), "popen");
    std::string output;
    std::array<char, 4096> buffer{};
    while (const auto count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
        output.append(buffer.data(), count);
    }
    EXPECT_EQ(::pclose(pipe), 0) << command << "\nfailed, see " << (folder_ / "tools.log");
    return output;
}

Swtpm::Traffic Swtpm::traffic() const {
    // " SWTPM_IO_Read: length 22", then lines of bytes as two hexadecimal digits.
    Traffic result;
    std::vector<Bytes>* current = nullptr;
    std::ifstream log(folder_ / "traffic.log");
    for (std::string line; std::getline(log, line);) {
        if (line.starts_with(" SWTPM_IO_")) {
            current = line.starts_with(" SWTPM_IO_Read") ? &result.commands : &result.answers;
            current->emplace_back();
        } else if (!line.starts_with(' ') || line.starts_with(" Ctrl")) {
            current = nullptr;
        } else if (current != nullptr) {
            std::erase(line, ' ');
            const auto bytes = hex_decode(line).value();
            current->back().insert(current->back().end(), bytes.begin(), bytes.end());
        }
    }
    return result;
}

}  // namespace device_agent::support
