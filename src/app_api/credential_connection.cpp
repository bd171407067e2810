// SPDX-License-Identifier: Apache-2.0
#include "app_api/credential_connection.hpp"

#include "app_api/minting.hpp"
#include "app_api/peer.hpp"
#include "app_api/render.hpp"
#include "foundation/error.hpp"
#include "identity/credentials.hpp"

#include <boost/asio/write.hpp>

namespace device_agent::app_api {
namespace {

namespace asio = boost::asio;

// systemd takes 1 MiB and no more. An answer that is longer is the only one by which it fails to start the
// unit: after an empty one it would start it with an empty credential.
constexpr std::size_t more_than_systemd_takes = (1UL << 20U) + 4096;

std::string too_long_text(const std::string& reason) {
    auto text = "device-agent: " + reason + '\n';
    text.resize(more_than_systemd_takes, '\n');
    return text;
}

const ServedIdentity* find_identity(const View& view, const std::string& application) {
    const auto found = view.identities.find(application);
    return found == view.identities.end() || !found->second.slot.identity ? nullptr : &found->second;
}

}  // namespace

CredentialConnection::CredentialConnection(Protocol::socket socket, uid_t trusted_uid,
                                           std::filesystem::path proc, ServerState& state)
    : state_(state), trusted_uid_(trusted_uid), proc_(std::move(proc)), stream_(std::move(socket)) {}

CredentialConnection::~CredentialConnection() {
    state_.when_view_changes.erase(this);
}

asio::awaitable<void> CredentialConnection::serve() {
    const int descriptor = stream_.socket().native_handle();
    caller_ = peer_of(descriptor);
    auto credential = parse_unit_address(peer_address(descriptor));
    if (caller_.uid != trusted_uid_) {
        co_await refuse("-", "only systemd may ask for the credentials of units");
        co_return;
    }
    if (!credential) {
        co_await refuse("-", "this socket is for LoadCredential= of systemd, and the peer named no unit");
        co_return;
    }
    // systemd asks from a process that it has put into the unit already. Root of another unit, or of a
    // container, can choose any address, but not where it runs.
    look_closer(descriptor, proc_, caller_);
    if (caller_.unit && *caller_.unit != credential->unit) {
        co_await refuse(credential->unit, "the peer runs in " + *caller_.unit + ", which is another unit");
        co_return;
    }
    wakeup_ = std::make_shared<Wakeup>(co_await asio::this_coro::executor);
    stream_.socket().async_wait(
        Protocol::socket::wait_error,
        [gone = peer_is_gone_, wakeup = std::weak_ptr(wakeup_)](boost::system::error_code) {
            *gone = true;
            wake(wakeup);
        });
    state_.when_view_changes.emplace(this, [wakeup = std::weak_ptr(wakeup_)] { wake(wakeup); });
    co_await serve_unit(std::move(*credential));
}

asio::awaitable<void> CredentialConnection::serve_unit(UnitCredential credential) {
    const auto deadline = std::chrono::steady_clock::now() + state_.limits.credential_wait;
    std::string fault;
    try {
        while (!*peer_is_gone_ && fault.empty()) {
            const auto view = state_.view;
            const auto chosen = choose_for_unit(credential, *view);
            if (const auto* none = std::get_if<NoApplication>(&chosen)) {
                fault = none->reason;
                break;
            }
            const auto& application = std::get<std::string>(chosen);
            if (const auto* served = find_identity(*view, application)) {
                const auto text = co_await make_connection_string(*served);
                stream_.expires_after(state_.limits.request);
                co_await asio::async_write(stream_, asio::buffer(text.view().data(), text.view().size()),
                                           as_result);
                state_.metrics.count_credential(true);
                co_return;
            }
            if (std::chrono::steady_clock::now() >= deadline) {
                fault = "the identity of " + application + " is not there yet";
            } else if (view == state_.view) {
                co_await wakeup_->wait_until(deadline);
            }
        }
    } catch (const Error& error) {
        fault = explain(error);
    }
    if (!*peer_is_gone_) co_await refuse(credential.unit, fault);
}

asio::awaitable<SecretText> CredentialConnection::make_connection_string(ServedIdentity served) {
    if (is_x509(served)) co_return identity::make_x509_connection_string(*served.slot.identity);
    const auto life = state_.view->max_token_life;
    auto token = state_.minter.find(served, life);
    if (!token) token = co_await mint(state_.minter, served, life);
    co_return identity::make_connection_string(*served.slot.identity, *token);
}

asio::awaitable<void> CredentialConnection::refuse(std::string who, std::string reason) {
    state_.metrics.count_credential(false);
    caller_.unit = std::move(who);
    state_.refusals.write(caller_, "credential", reason, std::chrono::steady_clock::now());
    const auto text = too_long_text(reason);
    stream_.expires_after(state_.limits.request);
    co_await asio::async_write(stream_, asio::buffer(text), as_result);
}

}  // namespace device_agent::app_api
