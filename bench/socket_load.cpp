// SPDX-License-Identifier: Apache-2.0
// socket_load SOCKET PATH COUNT EXPIRIES CLIENTS: asks for tokens over connections that stay open, one
// request at a time on each. EXPIRIES is how many different lives are asked for, in turn: 1 to be served from
// the cache, more than the cache keeps for a signature each time. Prints the median in microseconds and the
// rate.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

int connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) throw std::runtime_error("the path is too long");
    path.copy(address.sun_path, path.size());
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0 || ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("cannot connect to " + path);
    return socket;
}

// A whole answer: its head, and as much as Content-Length says.
bool read_answer(int socket, std::string& buffer) {
    buffer.clear();
    std::size_t whole = std::string::npos;
    while (buffer.size() < whole) {
        char piece[4096];
        const auto size = ::read(socket, piece, sizeof piece);
        if (size <= 0) return false;
        buffer.append(piece, static_cast<std::size_t>(size));
        if (whole != std::string::npos) continue;
        const auto end = buffer.find("\r\n\r\n");
        if (end == std::string::npos) continue;
        const auto length = buffer.find("Content-Length: ");
        if (length == std::string::npos || length > end) return false;
        whole =
            end + 4 + std::strtoul(buffer.c_str() + length + std::strlen("Content-Length: "), nullptr, 10);
    }
    return buffer.find(" 200 ") == std::strlen("HTTP/1.1");
}

std::string request(const std::string& path, int expiry) {
    const auto body = "{\"expiry\": " + std::to_string(expiry) + "}";
    return "POST " + path +
           " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::vector<double> ask(const std::string& socket_path, const std::string& path, int count, int expiries,
                        int first) {
    const int socket = connect_to(socket_path);
    std::vector<double> times;
    std::string answer;
    for (int i = 0; i < count; ++i) {
        const auto text = request(path, 3600 + 2 * ((first + i) % expiries));
        const auto start = Clock::now();
        if (::write(socket, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
            !read_answer(socket, answer))
            throw std::runtime_error("was answered: " + answer);
        const std::chrono::duration<double, std::micro> took = Clock::now() - start;
        times.push_back(took.count());
    }
    ::close(socket);
    return times;
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 6) {
        std::fputs("usage: socket_load SOCKET PATH COUNT EXPIRIES CLIENTS\n", stderr);
        return 2;
    }
    const int count = std::max(1, std::atoi(argv[3]));
    const int expiries = std::max(1, std::atoi(argv[4]));
    const int clients = std::max(1, std::atoi(argv[5]));
    std::vector<std::vector<double>> times(static_cast<std::size_t>(clients));
    std::atomic<bool> failed = false;
    const auto start = Clock::now();
    std::vector<std::thread> threads;
    for (int client = 0; client < clients; ++client) {
        threads.emplace_back([&, client] {
            try {
                times[static_cast<std::size_t>(client)] =
                    ask(argv[1], argv[2], count / clients, expiries, client * count);
            } catch (const std::exception& error) {
                std::fprintf(stderr, "socket_load: %s\n", error.what());
                failed = true;
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    const std::chrono::duration<double> took = Clock::now() - start;
    if (failed) return EXIT_FAILURE;
    std::vector<double> all;
    for (const auto& of_one : times)
        all.insert(all.end(), of_one.begin(), of_one.end());
    std::ranges::nth_element(all, all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2));
    std::printf("{\"median\": %.1f, \"rate\": %.0f}\n", all[all.size() / 2],
                static_cast<double>(all.size()) / took.count());
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "socket_load: %s\n", error.what());
    return EXIT_FAILURE;
}
