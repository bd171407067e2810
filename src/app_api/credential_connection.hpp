// SPDX-License-Identifier: Apache-2.0
// A connection by which systemd loads one credential for a unit: it asks nothing, and reads to the end.
#pragma once

#include "app_api/caller.hpp"
#include "app_api/server_state.hpp"
#include "app_api/unit_credential.hpp"
#include "app_api/wakeup.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include <string>

namespace device_agent::app_api {

class CredentialConnection {
public:
    using Protocol = boost::asio::local::stream_protocol;

    /// `trusted_uid` is whose word about units counts: root's, that is systemd's; `proc` is /proc. The state
    /// outlives it.
    CredentialConnection(Protocol::socket socket, uid_t trusted_uid, std::filesystem::path proc,
                         ServerState& state);
    CredentialConnection(const CredentialConnection&) = delete;
    CredentialConnection& operator=(const CredentialConnection&) = delete;
    ~CredentialConnection();

    /// Sends a connection string whose token lives as long as any may, since a unit reads its credential only
    /// once; waits for the identity when it is not there yet.
    boost::asio::awaitable<void> serve();

private:
    template <typename T>
    using awaitable = boost::asio::awaitable<T>;

    awaitable<void> serve_unit(UnitCredential credential);
    awaitable<SecretText> make_connection_string(ServedIdentity served);
    awaitable<void> refuse(std::string who, std::string reason);

    ServerState& state_;
    uid_t trusted_uid_;
    std::filesystem::path proc_;
    boost::beast::basic_stream<Protocol> stream_;
    Caller caller_;
    std::shared_ptr<Wakeup> wakeup_;
    std::shared_ptr<bool> peer_is_gone_ = std::make_shared<bool>(false);
};

}  // namespace device_agent::app_api
