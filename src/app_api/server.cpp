// SPDX-License-Identifier: Apache-2.0
#include "app_api/server.hpp"

#include "app_api/connection.hpp"
#include "app_api/credential_connection.hpp"
#include "app_api/peer.hpp"
#include "app_api/server_state.hpp"
#include "foundation/logging.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <deque>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unordered_map>

namespace device_agent::app_api {
namespace {

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;

constexpr std::chrono::milliseconds accept_pause{100};
// Of the process's descriptors, for the TPM, the cloud and files.
constexpr std::size_t descriptors_for_others = 96;
constexpr std::size_t most_turned_away = 32;

// No more connections than there can be descriptors for, when as many are allowed as may be.
Limits fit_to_process(Limits limits) {
    rlimit descriptors{};
    if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return limits;
    const rlim_t wanted = limits.connections + descriptors_for_others;
    if (descriptors.rlim_cur < wanted) {
        descriptors.rlim_cur = std::min(wanted, descriptors.rlim_max);
        ::setrlimit(RLIMIT_NOFILE, &descriptors);
    }
    if (descriptors.rlim_cur < wanted) {
        limits.connections = descriptors.rlim_cur > 2 * descriptors_for_others
                                 ? descriptors.rlim_cur - descriptors_for_others
                                 : descriptors_for_others;
        limits.connections_of_user = std::min(limits.connections_of_user, limits.connections);
    }
    return limits;
}

void log_failure(const std::exception_ptr& failure) {
    try {
        if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        log::error("a connection failed", {{"reason", error.what()}});
    }
}

// The whole answer to a caller that had too many connections: nothing is read, and nothing waited for.
void send_away(Protocol::socket& socket) {
    static const std::string answer = [] {
        auto problem = problem_of(Refused::too_many, "this caller connects, or is refused, too often");
        problem.retry_after = std::chrono::seconds(1);
        const auto reply = reply_with(problem, Format::json);
        return wire::head_of(reply, {.version = 11, .keep_alive = false}) + std::string(reply.body.view());
    }();
    ::send(socket.native_handle(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::shutdown(socket.native_handle(), SHUT_WR);
}

}  // namespace

class Server::Implementation {
public:
    Implementation(ListeningSocket api, std::optional<ListeningSocket> credentials, TokenSource& source,
                   Administration& administration, Surroundings surroundings)
        : proc_(std::move(surroundings.proc)),
          system_uid_(surroundings.system_uid),
          api_(std::move(api)),
          credentials_(std::move(credentials)),
          inbox_(std::make_shared<Inbox>(
              [this](std::function<void()> work) { asio::post(context_, std::move(work)); })),
          state_(source, administration, fit_to_process(surroundings.limits), inbox_,
                 std::move(surroundings.accounts), name_service_) {}
    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;
    ~Implementation() { inbox_->close(); }

    void serve(ViewPointer view) {
        inbox_->put([this, view = std::move(view)]() mutable {
            state_.view = std::move(view);
            state_.minter.forget();
            for (const auto& [listener, tell] : state_.when_view_changes)
                tell();
        });
    }

    void run(const std::stop_token& stop) {
        const std::stop_callback when_stopped(stop, [this] { context_.stop(); });
        spawn(accept(api_, [this](Protocol::socket socket) { welcome(std::move(socket)); }));
        if (credentials_) {
            spawn(accept(*credentials_, [this](Protocol::socket socket) {
                spawn(attend(
                    std::make_unique<CredentialConnection>(std::move(socket), system_uid_, proc_, state_)));
            }));
        }
        context_.run();
    }

private:
    using Welcome = std::function<void(Protocol::socket)>;

    // A connection that fails in an unforeseen way (no memory) ends; the others go on.
    void spawn(asio::awaitable<void> work) { asio::co_spawn(context_, std::move(work), log_failure); }

    asio::awaitable<void> accept(const ListeningSocket& listening, Welcome welcome_one) {
        // A descriptor of its own: the name goes with the listening socket.
        Protocol::acceptor acceptor(context_, Protocol(),
                                    ::fcntl(listening.descriptor(), F_DUPFD_CLOEXEC, 0));
        for (;;) {
            auto [error, socket] = co_await acceptor.async_accept(as_result);
            if (error == asio::error::operation_aborted) co_return;
            if (!error) {
                try {
                    welcome_one(std::move(socket));
                } catch (const std::exception&) {
                    log_failure(std::current_exception());
                }
                continue;
            }
            // Most likely no descriptors are left. The pause is also for whoever goes to be gone.
            log::warning("cannot accept a connection", {{"reason", error.message()}});
            if (const auto evicted = state_.connections.find_eviction()) evict(*evicted);
            asio::steady_timer pause(context_, accept_pause);
            co_await pause.async_wait(as_result);
        }
    }

    void welcome(Protocol::socket socket) {
        auto caller = peer_of(socket.native_handle());
        const auto now = std::chrono::steady_clock::now();
        if (!state_.rates.take(caller, now, state_.limits.cost_of_connection)) {
            state_.metrics.count_turned_away();
            state_.refusals.write(caller, "connection", "too-many: it connects, or is refused, too often",
                                  now);
            send_away(socket);
            // Open a while longer: a caller that still writes its request shall find the answer, and no
            // broken pipe.
            turned_away_.push_back(std::move(socket));
            if (turned_away_.size() > most_turned_away) turned_away_.pop_front();
            return;
        }
        look_closer(socket.native_handle(), proc_, caller);
        if (const auto evicted = state_.connections.find_eviction(caller)) evict(*evicted);
        state_.metrics.count_connection();
        const auto id = state_.connections.enter(caller);
        auto connection = std::make_unique<Connection>(std::move(socket), std::move(caller), id, state_);
        connections_.emplace(id, connection.get());
        spawn(attend(std::move(connection), id));
    }

    static asio::awaitable<void> attend(std::unique_ptr<CredentialConnection> connection) {
        co_await connection->serve();
    }

    asio::awaitable<void> attend(std::unique_ptr<Connection> connection, ConnectionTable::Id id) {
        // NOLINTNEXTLINE(cppcoreguidelines-special-member-functions): a guard.
        struct Leaving {
            std::unordered_map<ConnectionTable::Id, Connection*>& connections;
            ConnectionTable::Id id;
            ~Leaving() { connections.erase(id); }
        };
        const Leaving leaving{connections_, id};
        co_await connection->serve();
    }

    void evict(ConnectionTable::Id id) {
        const auto found = connections_.find(id);
        if (found == connections_.end()) return;
        state_.metrics.count_eviction();
        state_.connections.leave(id);
        found->second->close();
        connections_.erase(id);
    }

    // In this order, so that what is destroyed first needs nothing that is gone: name_service_ ends before
    // the connections that wait for it, and these before what they share.
    std::filesystem::path proc_;
    uid_t system_uid_;
    ListeningSocket api_;
    std::optional<ListeningSocket> credentials_;
    std::unordered_map<ConnectionTable::Id, Connection*> connections_;
    InboxPointer inbox_;
    ServerState state_;
    asio::io_context context_{1};
    std::deque<Protocol::socket> turned_away_;
    asio::thread_pool name_service_{1};
};

Server::Server(ListeningSocket api, std::optional<ListeningSocket> credentials, TokenSource& source,
               Administration& administration, Surroundings surroundings)
    : implementation_(std::make_unique<Implementation>(std::move(api), std::move(credentials), source,
                                                       administration, std::move(surroundings))) {}

Server::~Server() = default;

void Server::serve(ViewPointer view) {
    implementation_->serve(std::move(view));
}

void Server::run(const std::stop_token& stop) {
    implementation_->run(stop);
}

}  // namespace device_agent::app_api
