// SPDX-License-Identifier: Apache-2.0
#include "app_api/connection.hpp"
#include "app_api/events.hpp"

#include <memory>

namespace device_agent::app_api {
namespace {

namespace asio = boost::asio;

// What a stream waits for: another view, or the end of its peer.
struct Attention {
    explicit Attention(const asio::any_io_executor& executor) : wakeup(executor) {}
    Wakeup wakeup;
    bool peer_is_gone = false;
};

// Where a stream stands in the state, as long as it is open.
class Seat {
public:
    Seat(ServerState& state, pid_t pid, const std::shared_ptr<Attention>& attention)
        : state_(state), pid_(pid) {
        ++state_.streams[pid_];
        state_.when_view_changes.emplace(this, [attention] { attention->wakeup.wake(); });
    }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    ~Seat() {
        state_.when_view_changes.erase(this);
        if (--state_.streams[pid_] == 0) state_.streams.erase(pid_);
    }

private:
    ServerState& state_;
    pid_t pid_;
};

std::optional<ServedIdentity> identity_in(const View& view, const std::string& application) {
    const auto found = view.identities.find(application);
    if (found == view.identities.end() || !found->second.slot.identity) return std::nullopt;
    return found->second;
}

}  // namespace

asio::awaitable<bool> Connection::stream_events(std::string application, Format format) {
    if (const auto open = state_.streams.find(caller_.pid);
        open != state_.streams.end() && open->second >= state_.limits.streams_of_process) {
        auto problem = problem_of(Refused::too_many, "this process has too many event streams open");
        problem.retry_after = std::chrono::seconds(1);
        const bool goes_on = co_await refuse(std::move(problem), format);
        co_return goes_on;
    }
    state_.metrics.count_request(route_, 200);
    co_await tell_events(std::move(application), format);
    co_return false;
}

// Nothing is queued for a slow reader: an event leads from what it was told last to what is now.
asio::awaitable<void> Connection::tell_events(std::string application, Format format) {
    const auto attention = std::make_shared<Attention>(co_await asio::this_coro::executor);
    const Seat seat(state_, caller_.pid, attention);
    // Not for reading: a caller that has closed its half for writing still listens.
    stream_.socket().async_wait(Protocol::socket::wait_error, [attention](boost::system::error_code) {
        attention->peer_is_gone = true;
        attention->wakeup.wake();
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
        while (view == state_.view && !attention->peer_is_gone)
            co_await attention->wakeup.wait();
    }
    if (!is_read || attention->peer_is_gone) co_return;
    auto end = wire::piece_of_stream("", manner_);
    co_await send_text(std::move(end));
}

}  // namespace device_agent::app_api
