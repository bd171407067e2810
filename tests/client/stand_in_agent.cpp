// SPDX-License-Identifier: Apache-2.0
#include "tests/client/stand_in_agent.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace device_agent::tests {
namespace {

using namespace std::chrono_literals;

constexpr const char* events_path = "/v1/identity/events";

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void send_all(int connection, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto size = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size <= 0) return;  // the client has hung up
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
}

/// The request, or an empty one when the client hangs up before it is whole.
StandInAgent::Request read_request(int connection) {
    std::string text;
    for (;;) {
        const auto head = text.find("\r\n\r\n");
        if (head != std::string::npos) {
            const auto length = text.find("Content-Length: ");
            const auto size = length < head ? std::stoul(text.substr(length + 16)) : 0;
            if (text.size() >= head + 4 + size)
                return {text.substr(0, text.find(" HTTP/")), text.substr(head + 4, size)};
        }
        std::array<char, 1024> bytes{};
        const auto size = ::recv(connection, bytes.data(), bytes.size(), 0);
        if (size <= 0) return {};
        text.append(bytes.data(), static_cast<std::size_t>(size));
    }
}

std::string path_of(const StandInAgent::Request& request) {
    const auto begin = request.target.find(' ') + 1;
    return request.target.substr(begin, request.target.find('?') - begin);
}

void close_all(std::vector<int>& connections) {
    for (const int connection : connections)
        ::close(connection);
    connections.clear();
}

}  // namespace

std::string http(int status, const std::string& text, const std::string& headers) {
    return "HTTP/1.1 " + std::to_string(status) + " Word\r\n" + headers +
           "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text;
}

StandInAgent::StandInAgent(std::filesystem::path socket) : socket_(std::move(socket)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket_.string().copy(address.sun_path, sizeof address.sun_path - 1);
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    stop_ = ::eventfd(0, EFD_CLOEXEC);
    if (listener_ < 0 || stop_ < 0) fail("socket");
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the C interface
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
    if (::listen(listener_, 16) != 0) fail("listen");
    thread_ = std::thread([this] { serve(); });
}

StandInAgent::~StandInAgent() {
    ::eventfd_write(stop_, 1);
    thread_.join();
    std::filesystem::remove(socket_);
    close_all(streams_);
    close_all(silent_);
    ::close(listener_);
    ::close(stop_);
}

void StandInAgent::provide(const std::string& identity) {
    const std::lock_guard lock(mutex_);
    identity_ = identity;
}

void StandInAgent::set_token_life(std::chrono::seconds life) {
    const std::lock_guard lock(mutex_);
    life_ = life;
}

void StandInAgent::answer(const std::string& path, Bytes bytes) {
    const std::lock_guard lock(mutex_);
    wrong_[path] = std::move(bytes);
}

void StandInAgent::answer(const std::string& path, int status, const std::string& text,
                          const std::string& headers) {
    answer(path, Bytes{{http(status, text, headers)}});
}

void StandInAgent::answer_rightly(const std::string& path) {
    const std::lock_guard lock(mutex_);
    wrong_.erase(path);
}

void StandInAgent::tell(const std::string& line) {
    const std::lock_guard lock(mutex_);
    for (const int stream : streams_)
        send_all(stream, line + "\n");
}

void StandInAgent::hang_up() {
    const std::lock_guard lock(mutex_);
    close_all(streams_);
}

std::vector<StandInAgent::Request> StandInAgent::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

bool StandInAgent::answered(const std::string& target, std::size_t times) {
    std::unique_lock lock(mutex_);
    return answered_.wait_for(lock, 10s, [&] {
        const auto count = std::ranges::count(requests_, target, &Request::target);
        return static_cast<std::size_t>(count) >= times;
    });
}

void StandInAgent::serve() {
    for (;;) {
        std::array<pollfd, 2> waited{pollfd{listener_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
        if (::poll(waited.data(), waited.size(), -1) < 0 && errno != EINTR) return;
        if (waited[1].revents != 0) return;
        const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection >= 0) serve_one(connection);
    }
}

void StandInAgent::serve_one(int connection) {
    const auto request = read_request(connection);
    const std::lock_guard lock(mutex_);
    const auto bytes = answer_to(request);
    for (const auto& piece : bytes.pieces)
        send_all(connection, piece);
    if (bytes.then_hang_up) {
        ::close(connection);
    } else {
        (path_of(request) == events_path ? streams_ : silent_).push_back(connection);
    }
    requests_.push_back(request);
    answered_.notify_all();
}

std::string StandInAgent::connection_string() const {
    const auto slash = identity_.find('/');
    const auto second = identity_.find('/', slash + 1);
    const auto expires = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + life_);
    std::string text = "HostName=" + identity_.substr(0, slash) +
                       ";DeviceId=" + identity_.substr(slash + 1, second - slash - 1);
    if (second != std::string::npos) text += ";ModuleId=" + identity_.substr(second + 1);
    // A number of its own in each, so that a test can tell them apart.
    return text + ";SharedAccessSignature=SharedAccessSignature sr=resource&sig=" +
           std::to_string(requests_.size()) + "%3D&se=" + std::to_string(expires);
}

StandInAgent::Bytes StandInAgent::answer_to(const Request& request) const {
    const auto path = path_of(request);
    if (const auto found = wrong_.find(path); found != wrong_.end()) return found->second;
    if (path == events_path) {
        std::string stream = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n";
        if (!identity_.empty()) stream += "provisioned AppB " + identity_ + "\n";
        return {{stream}, false};
    }
    if (identity_.empty()) return {{http(404, "not-provisioned: AppB is not there yet")}};
    if (path == "/v1/identity") return {{http(200, identity_)}};
    if (path == "/v1/identity/connection-string") return {{http(200, connection_string())}};
    return {{http(404, "not-found: there is no such path")}};
}

}  // namespace device_agent::tests
