// SPDX-License-Identifier: Apache-2.0
// What the client library sees of an agent: docs/socket-api.md, text form, at a Unix socket. It answers as
// told, also wrongly.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace device_agent::tests {

/// Thread-safe. Listens while it lives; its socket goes with it, as that of an agent that ends.
class StandInAgent {
public:
    explicit StandInAgent(std::filesystem::path socket);
    StandInAgent(const StandInAgent&) = delete;
    StandInAgent& operator=(const StandInAgent&) = delete;
    ~StandInAgent();

    /// `hub/device[/module]`: there from now on. Event streams begin with it; those that are open hear
    /// nothing.
    void provide(const std::string& identity);
    /// Connection strings say this from now on.
    void set_token_life(std::chrono::seconds life);

    /// Pieces of bytes, each sent on its own, in place of what it would answer at this path. Afterwards it
    /// hangs up, or says no more.
    struct Bytes {
        std::vector<std::string> pieces;
        bool then_hang_up = true;
    };
    void answer(const std::string& path, Bytes bytes);
    void answer(const std::string& path, int status, const std::string& text,
                const std::string& headers = "");
    void answer_rightly(const std::string& path);

    /// A line for every event stream that is open.
    void tell(const std::string& line);
    /// Ends every event stream.
    void hang_up();

    struct Request {
        std::string target;  ///< method and path with query
        std::string body;
    };
    [[nodiscard]] std::vector<Request> requests() const;
    /// Waits until so many requests with this target were answered; false after ten seconds.
    [[nodiscard]] bool answered(const std::string& target, std::size_t times);

private:
    void serve();
    void serve_one(int connection);
    [[nodiscard]] Bytes answer_to(const Request& request) const;
    [[nodiscard]] std::string connection_string() const;

    const std::filesystem::path socket_;
    int listener_ = -1;
    int stop_ = -1;

    mutable std::mutex mutex_;
    std::condition_variable answered_;
    std::string identity_;
    std::chrono::seconds life_{3600};
    std::map<std::string, Bytes> wrong_;
    std::vector<int> streams_;
    std::vector<int> silent_;
    std::vector<Request> requests_;
    std::thread thread_;
};

/// An answer of HTTP with its length.
[[nodiscard]] std::string http(int status, const std::string& text, const std::string& headers = "");

}  // namespace device_agent::tests
