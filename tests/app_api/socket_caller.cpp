// SPDX-License-Identifier: Apache-2.0
// A process that calls the socket API, in one of the ways that the access table of docs/access.md is about.
//
// usage: socket_caller SOCKET WAY
// Prints the status of GET /v1/identity, and the body as text. Waits for a line on standard input before each
// step:
//   plain    step: connect and ask
//   parent   step: connect; step: a forked child asks on the parent's connection
//   child    step: a forked child connects for itself and asks
//   die      step: connect, and end; a child keeps the connection. step: the child asks
#include "tests/support/unix_http_client.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using device_agent::testing::UnixHttpClient;

void await_step() {
    // Byte by byte: what is behind the line is for another process.
    char c = 0;
    while (::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') {
    }
}

int ask(UnixHttpClient& client) {
    const auto answer = client.get("/v1/identity", "Accept: text/plain\r\n");
    std::cout << answer.status << ' ' << answer.body << std::endl;
    return 0;
}

int wait_for(pid_t child) {
    int status = 0;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int call(const std::string& socket, std::string_view way) {
    await_step();
    if (way == "child") {
        if (const auto child = ::fork(); child != 0) return wait_for(child);
    }
    UnixHttpClient client(socket);
    if (way == "parent") {
        await_step();
        if (const auto child = ::fork(); child != 0) return wait_for(child);
    }
    if (way == "die") {
        if (::fork() != 0) return 0;
        await_step();
    }
    return ask(client);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 3) return 2;
        const int result = call(argv[1], argv[2]);
        std::cout.flush();
        ::_exit(result);
    } catch (const std::exception& error) {
        std::cout << "failed: " << error.what() << std::endl;
        return 1;
    }
}
