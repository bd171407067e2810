// SPDX-License-Identifier: Apache-2.0
#include "tests/support/unix_http_client.hpp"

#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace device_agent::testing {
namespace {

constexpr std::string_view line_end = "\r\n";

std::function<void(const ObservedAnswer&)>& observer() {
    static std::function<void(const ObservedAnswer&)> instance;
    return instance;
}

int connect_to(const std::filesystem::path& path) {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    const auto text = path.string();
    if (text.size() >= sizeof address.sun_path) throw std::runtime_error("too long a path");
    text.copy(address.sun_path, text.size());
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0 ||
        ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int error = errno;
        if (descriptor >= 0) ::close(descriptor);
        throw std::runtime_error("cannot connect to " + text + ": " + std::strerror(error));
    }
    return descriptor;
}

std::string lower(std::string text) {
    for (auto& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

}  // namespace

UnixHttpClient::UnixHttpClient(const std::filesystem::path& socket) : UnixHttpClient(connect_to(socket)) {}

UnixHttpClient::UnixHttpClient(int descriptor) : descriptor_(descriptor) {
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

UnixHttpClient::UnixHttpClient(UnixHttpClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      current_(std::move(other.current_)),
      pending_(std::move(other.pending_)),
      chunked_(std::move(other.chunked_)) {}

UnixHttpClient& UnixHttpClient::operator=(UnixHttpClient&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(current_, other.current_);
    pending_.swap(other.pending_);
    chunked_.swap(other.chunked_);
    return *this;
}

UnixHttpClient::~UnixHttpClient() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

HttpAnswer UnixHttpClient::ask(std::string_view method, std::string_view target, std::string_view body,
                               std::string_view more_headers) {
    std::string request =
        std::string(method) + ' ' + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n";
    if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    request += std::string(more_headers) + "\r\n" + std::string(body);
    send(request);
    return read_answer();
}

void UnixHttpClient::observe(std::function<void(const ObservedAnswer&)> who) {
    observer() = std::move(who);
}

void UnixHttpClient::tell(const std::string& body) const {
    if (!observer()) return;
    auto answer = current_;
    answer.body = body;
    observer()(answer);
}

void UnixHttpClient::send(std::string_view bytes) {
    if (const auto line = bytes.substr(0, bytes.find(" HTTP/1.")); line.size() < bytes.size()) {
        const auto space = line.find(' ');
        current_.method = line.substr(0, space);
        current_.target = line.substr(space + 1);
    }
    while (!bytes.empty()) {
        const auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0) throw std::runtime_error(std::string("send: ") + std::strerror(errno));
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

bool UnixHttpClient::fill() {
    std::array<char, 4096> block{};
    const auto count = ::recv(descriptor_, block.data(), block.size(), 0);
    if (count < 0 && errno != ECONNRESET)
        throw std::runtime_error(std::string("recv: ") + std::strerror(errno));
    if (count <= 0) return false;
    pending_.append(block.data(), static_cast<std::size_t>(count));
    return true;
}

std::string UnixHttpClient::take(std::size_t count) {
    auto text = pending_.substr(0, count);
    pending_.erase(0, count);
    return text;
}

HttpAnswer UnixHttpClient::read_head() {
    std::size_t end = 0;
    while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
        if (!fill()) throw std::runtime_error("the connection ended before an answer");
    }
    auto head = take(end + 4);
    HttpAnswer answer;
    answer.status = std::stoi(head.substr(head.find(' ') + 1));
    std::size_t at = head.find(line_end) + 2;
    while (at + 2 < head.size()) {
        const auto line = head.substr(at, head.find(line_end, at) - at);
        at += line.size() + 2;
        const auto colon = line.find(": ");
        answer.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
    }
    current_.status = answer.status;
    current_.content_type = answer.headers["content-type"];
    return answer;
}

HttpAnswer UnixHttpClient::read_answer() {
    auto answer = read_head();
    const auto length = std::stoul(answer.headers.at("content-length"));
    while (pending_.size() < length) {
        if (!fill()) throw std::runtime_error("the connection ended within an answer");
    }
    answer.body = take(length);
    tell(answer.body);
    return answer;
}

std::optional<std::string> UnixHttpClient::read_line() {
    std::size_t end = 0;
    while ((end = pending_.find('\n')) == std::string::npos) {
        if (!fill()) return std::nullopt;
    }
    auto line = take(end + 1);
    line.pop_back();
    return line;
}

std::optional<std::string> UnixHttpClient::read_chunked_line() {
    while (chunked_.find('\n') == std::string::npos) {
        const auto size_line = read_line();
        if (!size_line) throw std::runtime_error("the connection ended between two chunks");
        const auto size = std::stoul(*size_line, nullptr, 16);
        while (pending_.size() < size + 2) {
            if (!fill()) throw std::runtime_error("the connection ended within a chunk");
        }
        chunked_ += take(size);
        take(2);
        if (size == 0) return std::nullopt;
    }
    const auto end = chunked_.find('\n');
    auto line = chunked_.substr(0, end);
    chunked_.erase(0, end + 1);
    tell(line);
    return line;
}

std::string UnixHttpClient::read_to_end() {
    while (fill()) {
    }
    return take(pending_.size());
}

}  // namespace device_agent::testing
