// SPDX-License-Identifier: Apache-2.0
#include "app_api/choice.hpp"
#include "app_api/connection.hpp"
#include "app_api/minting.hpp"

namespace device_agent::app_api {
namespace {

namespace asio = boost::asio;

// A signature that this process waits for, as long as it waits.
class Place {
public:
    Place(std::map<pid_t, std::size_t>& places, pid_t pid) : places_(places), pid_(pid) { ++places_[pid_]; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        if (--places_[pid_] == 0) places_.erase(pid_);
    }

private:
    std::map<pid_t, std::size_t>& places_;
    pid_t pid_;
};

Problem too_many(const std::string& what) {
    auto problem = problem_of(Refused::too_many, what);
    problem.retry_after = std::chrono::seconds(1);
    return problem;
}

}  // namespace

asio::awaitable<bool> Connection::answer_application(const Call& call, const Access& access) {
    const auto view = state_.view;
    std::optional<Problem> problem;
    std::optional<Owned> owned;
    std::string application;
    if (call.kind == Call::Kind::identities) {
        if (!access.applications.empty()) {
            auto reply = render_identities(identities_of(access, *view), call.format);
            const bool goes_on = co_await send(std::move(reply));
            co_return goes_on;
        }
        problem = not_granted(caller_);
    } else {
        auto chosen = choose(call, caller_, access);
        if (auto* refused = std::get_if<Problem>(&chosen)) {
            problem = std::move(*refused);
        } else {
            application = std::get<std::string>(chosen);
        }
    }
    if (!problem && call.kind != Call::Kind::events) {
        auto found = find_identity(application, *view);
        if (auto* missing = std::get_if<Problem>(&found)) {
            problem = std::move(*missing);
        } else {
            owned = std::move(std::get<Owned>(found));
        }
    }
    bool goes_on = false;
    if (problem) {
        goes_on = co_await refuse(std::move(*problem), call.format);
    } else if (owned) {
        goes_on = co_await answer_identity(call, *owned);
    } else {
        goes_on = co_await stream_events(std::move(application), call.format);
    }
    co_return goes_on;
}

asio::awaitable<bool> Connection::answer_identity(const Call& call, const Owned& owned) {
    bool goes_on = false;
    if (call.kind == Call::Kind::identity) {
        auto reply = render_identity(owned, call.format);
        goes_on = co_await send(std::move(reply));
    } else if (!is_x509(owned.served)) {
        goes_on = co_await answer_token(call, owned);
    } else if (call.kind == Call::Kind::token) {
        auto problem = problem_of(ErrorCode::certificate_identity,
                                  "a certificate proves this identity, and there is no key for a token. POST "
                                  "/v1/identity/connection-string tells the files.");
        goes_on = co_await refuse(std::move(problem), call.format);
    } else {
        auto reply = render_x509_connection_string(owned, state_.view->applications.at(owned.application),
                                                   call.format);
        goes_on = co_await send(std::move(reply));
    }
    co_return goes_on;
}

asio::awaitable<bool> Connection::answer_token(const Call& call, const Owned& owned) {
    const auto life = life_for(call, *state_.view);
    if (const auto* problem = std::get_if<Problem>(&life)) {
        const bool goes_on = co_await refuse(*problem, call.format);
        co_return goes_on;
    }
    auto token = state_.minter.find(owned.served, std::get<std::chrono::seconds>(life));
    if (token) {
        state_.metrics.count_cached_token();
    } else {
        const bool waits_for_many = state_.signatures[caller_.pid] >= state_.limits.signatures_of_process;
        if (waits_for_many || !state_.rates.take(caller_, std::chrono::steady_clock::now())) {
            if (state_.signatures[caller_.pid] == 0) state_.signatures.erase(caller_.pid);
            const bool goes_on =
                co_await refuse(too_many("this caller asked for too many signatures"), call.format);
            co_return goes_on;
        }
        const Place place(state_.signatures, caller_.pid);
        token = co_await mint(state_.minter, owned.served, std::get<std::chrono::seconds>(life));
    }
    auto reply = call.kind == Call::Kind::token ? render_token(owned, *token, call.format)
                                                : render_connection_string(owned, *token, call.format);
    const bool goes_on = co_await send(std::move(reply));
    co_return goes_on;
}

}  // namespace device_agent::app_api
