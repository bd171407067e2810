// SPDX-License-Identifier: Apache-2.0
#include "app_api/connection.hpp"
#include "app_api/events.hpp"

#include <memory>

namespace device_agent::app_api {
namespace {

namespace asio = boost::asio;

// What a stream waits for: another view, or the end of its peer.
struct Attention {
    explicit Attention(const asio::any_io_executor& executor) : bell(executor) {}
    Bell bell;
    bool peer_is_gone = false;
};

// Where a stream stands in the hall, as long as it is open.
class Seat {
public:
    Seat(Hall& hall, pid_t pid, const std::shared_ptr<Attention>& attention) : hall_(hall), pid_(pid) {
        ++hall_.streams[pid_];
        hall_.when_view_changes.emplace(this, [attention] { attention->bell.ring(); });
    }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    ~Seat() {
        hall_.when_view_changes.erase(this);
        if (--hall_.streams[pid_] == 0) hall_.streams.erase(pid_);
    }

private:
    Hall& hall_;
    pid_t pid_;
};

std::optional<ServedIdentity> identity_in(const View& view, const std::string& application) {
    const auto found = view.identities.find(application);
    if (found == view.identities.end() || !found->second.slot.identity) return std::nullopt;
    return found->second;
}

}  // namespace

asio::awaitable<bool> Connection::stream_events(std::string application, Format format) {
    if (const auto open = hall_.streams.find(caller_.pid);
        open != hall_.streams.end() && open->second >= hall_.limits.streams_of_process) {
        auto problem = problem_of(Refused::too_many, "this process has too many event streams open");
        problem.retry_after = std::chrono::seconds(1);
        const bool goes_on = co_await refuse(std::move(problem), format);
        co_return goes_on;
    }
    hall_.metrics.count_request(route_, 200);
    co_await tell_events(std::move(application), format);
    co_return false;
}

// Nothing is queued for a slow reader: an event leads from what it was told last to what is now.
asio::awaitable<void> Connection::tell_events(std::string application, Format format) {
    const auto attention = std::make_shared<Attention>(co_await asio::this_coro::executor);
    const Seat seat(hall_, caller_.pid, attention);
    // Not for reading: a caller that has closed its half for writing still listens.
    stream_.socket().async_wait(Protocol::socket::wait_error, [attention](boost::system::error_code) {
        attention->peer_is_gone = true;
        attention->bell.ring();
    });
    auto head = wire::head_of_stream(
        format == Format::text ? "text/plain; charset=utf-8" : "application/x-ndjson", manner_);
    bool is_read = co_await send_text(SecretText(head));
    std::optional<ServedIdentity> known;
    while (is_read && !attention->peer_is_gone) {
        const auto access = co_await find_access();
        const auto view = known_view_;
        const bool is_granted = access.includes(application);
        const auto now = is_granted ? identity_in(*view, application) : std::nullopt;
        if (const auto event = render_event(application, known, now, format)) {
            auto piece = wire::piece_of_stream(*event, manner_);
            is_read = co_await send_text(std::move(piece));
            known = now;
        }
        // Who lost the grant hears nothing more.
        if (!is_granted) break;
        while (view == hall_.view && !attention->peer_is_gone)
            co_await attention->bell.wait();
    }
    if (!is_read || attention->peer_is_gone) co_return;
    auto end = wire::piece_of_stream("", manner_);
    co_await send_text(std::move(end));
}

}  // namespace device_agent::app_api
