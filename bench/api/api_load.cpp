// SPDX-License-Identifier: Apache-2.0
// Calls a socket API as a good client does, alone or beside a flood, and says how it was served.
//
// usage: api_load SOCKET calls SECONDS         cached tokens, one connection
//        api_load SOCKET signatures COUNT      tokens that are signed, each of another life
//        api_load SOCKET flood SECONDS         a token every 10 ms, first alone, and then beside 500 clients,
//        in a
//                                              process of their own, that idle, dawdle and flood
// Prints one JSON object; times are in microseconds.
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int hostile_clients = 500;
constexpr std::string_view cached = "POST /v1/identity/token HTTP/1.1\r\nAccept: text/plain\r\n\r\n";

int connect_to(const std::string& path, int flags = 0) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return descriptor;
    ::close(descriptor);
    return -1;
}

class Client {
public:
    explicit Client(const std::string& path) : descriptor_(connect_to(path)) {
        if (descriptor_ < 0) throw std::runtime_error("cannot connect");
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { ::close(descriptor_); }

    [[nodiscard]] pid_t server() const {
        ucred peer{};
        socklen_t length = sizeof peer;
        ::getsockopt(descriptor_, SOL_SOCKET, SO_PEERCRED, &peer, &length);
        return peer.pid;
    }

    // How long the answer took; throws when it was no success.
    double ask(std::string_view request) {
        const auto start = Clock::now();
        if (::send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(request.size()))
            throw std::runtime_error("cannot send");
        std::size_t have = 0;
        for (;;) {
            const auto count = ::recv(descriptor_, block_.data() + have, block_.size() - have, 0);
            if (count <= 0) throw std::runtime_error("the connection was closed");
            have += static_cast<std::size_t>(count);
            const std::string_view text(block_.data(), have);
            const auto head = text.find("\r\n\r\n");
            if (head == std::string_view::npos) continue;
            const auto length = std::atoi(text.substr(text.find("Content-Length: ") + 16).data());
            if (have < head + 4 + static_cast<std::size_t>(length)) continue;
            if (!text.starts_with("HTTP/1.1 200")) throw std::runtime_error(std::string(text));
            return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
        }
    }

private:
    int descriptor_;
    std::array<char, 8192> block_{};
};

double quantile(std::vector<double>& times, double part) {
    std::ranges::sort(times);
    return times.empty() ? 0 : times[static_cast<std::size_t>(part * static_cast<double>(times.size() - 1))];
}

void print_times(const char* name, std::vector<double> times) {
    std::printf("\"%s\": {\"calls\": %zu, \"median\": %.1f, \"p99\": %.1f}", name, times.size(),
                quantile(times, 0.5), quantile(times, 0.99));
}

// The most that a process had of both.
struct Usage {
    std::size_t descriptors = 0;
    std::size_t resident_kb = 0;

    void look(pid_t pid) {
        const auto folder = "/proc/" + std::to_string(pid);
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder + "/fd"))
            ++count;
        descriptors = std::max(descriptors, count);
        std::ifstream statm(folder + "/statm");
        std::size_t pages = 0;
        statm >> pages >> pages;
        resident_kb = std::max(resident_kb, pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) / 1024);
    }
};

std::vector<double> ask_for(const std::string& path, std::chrono::seconds duration, milliseconds pause,
                            Usage* usage = nullptr) {
    Client client(path);
    client.ask(cached);
    std::vector<double> times;
    for (const auto end = Clock::now() + duration; Clock::now() < end;) {
        times.push_back(client.ask(cached));
        if (usage != nullptr && times.size() % 32 == 0) usage->look(client.server());
        if (pause.count() > 0) std::this_thread::sleep_for(pause);
    }
    return times;
}

// A third each: connected and silent; a byte a second of a request that never ends; requests that are
// refused, as fast as they go, without reading. Who is thrown out comes back.
[[noreturn]] void be_hostile(const std::string& path) {
    std::vector<int> clients(hostile_clients, -1);
    constexpr std::string_view refused = "GET /nowhere HTTP/1.1\r\n\r\n";
    std::array<char, 4096> block{};
    for (unsigned round = 0;; ++round) {
        for (std::size_t i = 0; i < clients.size(); ++i) {
            auto& client = clients[i];
            if (client >= 0 &&
                ::recv(client, block.data(), block.size(), MSG_DONTWAIT | (i % 3 == 2 ? MSG_PEEK : 0)) == 0) {
                ::close(client);
                client = -1;
            }
            if (client < 0) client = connect_to(path, SOCK_NONBLOCK);
            if (client < 0 || i % 3 == 0) continue;
            const auto bytes = i % 3 == 1 ? std::string_view("G") : refused;
            if (i % 3 == 1 && round % 100 != 0) continue;
            if (::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
                errno == EPIPE) {
                ::close(client);
                client = -1;
            }
        }
        if (round % 100 == 0) std::this_thread::sleep_for(milliseconds(1));
    }
}

void flood(const std::string& path, std::chrono::seconds duration) {
    const auto alone = ask_for(path, duration / 4, milliseconds(10));
    const auto hostile = ::fork();
    if (hostile == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        be_hostile(path);
    }
    Usage usage;
    auto flooded = ask_for(path, duration, milliseconds(10), &usage);
    ::kill(hostile, SIGKILL);
    ::waitpid(hostile, nullptr, 0);
    std::printf("{");
    print_times("alone", alone);
    std::printf(", ");
    print_times("flooded", std::move(flooded));
    std::printf(", \"serverDescriptors\": %zu, \"serverResidentKb\": %zu}\n", usage.descriptors,
                usage.resident_kb);
}

void signatures(const std::string& path, int count) {
    Client client(path);
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        const auto body = "{\"expiry\": " + std::to_string(600 + i) + "}";
        times.push_back(client.ask("POST /v1/identity/token HTTP/1.1\r\nContent-Length: " +
                                   std::to_string(body.size()) + "\r\n\r\n" + body));
    }
    std::printf("{");
    print_times("signed", std::move(times));
    std::printf("}\n");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const std::string_view what = argv[2];
    const int amount = std::atoi(argv[3]);
    try {
        if (what == "calls") {
            std::printf("{");
            print_times("cached", ask_for(argv[1], std::chrono::seconds(amount), milliseconds(0)));
            std::printf("}\n");
        } else if (what == "signatures") {
            signatures(argv[1], amount);
        } else if (what == "flood") {
            flood(argv[1], std::chrono::seconds(amount));
        } else {
            return 2;
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "api_load: %s\n", error.what());
        return 1;
    }
}
