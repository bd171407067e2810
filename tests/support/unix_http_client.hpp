// SPDX-License-Identifier: Apache-2.0
// A plain client of HTTP over a Unix socket, that can also misbehave.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace device_agent::testing {

struct HttpAnswer {
    int status = 0;
    std::map<std::string, std::string> headers{};  ///< names in lower case
    std::string body{};
};

/// An answer, or a line of one that is a stream, and what it answers.
struct ObservedAnswer {
    std::string method;
    std::string target;
    int status;
    std::string content_type;
    std::string body;
};

/// Blocks, but never longer than some seconds: then it throws std::runtime_error.
class UnixHttpClient {
public:
    explicit UnixHttpClient(const std::filesystem::path& socket);
    /// One that is connected already.
    explicit UnixHttpClient(int descriptor);
    UnixHttpClient(UnixHttpClient&& other) noexcept;
    UnixHttpClient& operator=(UnixHttpClient&& other) noexcept;
    UnixHttpClient(const UnixHttpClient&) = delete;
    UnixHttpClient& operator=(const UnixHttpClient&) = delete;
    ~UnixHttpClient();

    /// Is told all that every client reads from now on. Set it while there is one thread.
    static void observe(std::function<void(const ObservedAnswer&)> observer);

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    /// Sends a request and reads the whole answer.
    HttpAnswer ask(std::string_view method, std::string_view target, std::string_view body = {},
                   std::string_view more_headers = {});
    HttpAnswer get(std::string_view target, std::string_view more_headers = {}) {
        return ask("GET", target, {}, more_headers);
    }

    void send(std::string_view bytes);
    HttpAnswer read_answer();
    /// Status and headers; the body follows by read_line().
    HttpAnswer read_head();
    /// The next line of a body with chunks, without its end; nothing when the body has ended.
    std::optional<std::string> read_chunked_line();
    /// The next line as it comes, without its end; nothing at the end of the connection.
    std::optional<std::string> read_line();
    /// All up to the end of the connection.
    std::string read_to_end();

private:
    bool fill();
    void tell(const std::string& body) const;
    std::string take(std::size_t count);

    int descriptor_;
    ObservedAnswer current_{};
    std::string pending_;
    std::string chunked_;
};

}  // namespace device_agent::testing
