// SPDX-License-Identifier: Apache-2.0
// measure FILE COMMAND…: runs the command and writes what it cost into the file, as JSON. Exits as the
// command does.
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

double milliseconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fputs("usage: measure FILE COMMAND...\n", stderr);
        return 2;
    }
    const auto start = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child < 0) return EXIT_FAILURE;
    if (child == 0) {
        ::execv(argv[2], argv + 2);
        std::perror(argv[2]);
        ::_exit(127);
    }
    int status = 0;
    rusage used{};
    while (::wait4(child, &status, 0, &used) < 0) {
        if (errno != EINTR) return EXIT_FAILURE;
    }
    const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - start;

    std::FILE* const file = std::fopen(argv[1], "w");
    if (file == nullptr) return EXIT_FAILURE;
    std::fprintf(file, "{\"wallMs\": %.3f, \"cpuMs\": %.3f, \"peakKiB\": %ld}\n", wall.count(),
                 milliseconds(used.ru_utime) + milliseconds(used.ru_stime), used.ru_maxrss);
    std::fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}
