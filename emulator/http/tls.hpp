// SPDX-License-Identifier: Apache-2.0
// TLS as Azure speaks it: version 1.2 alone, and forward-secret suites.
#pragma once

#include "emulator/certificates/authority.hpp"
#include "foundation/bytes.hpp"

#include <boost/asio/ssl/context.hpp>

#include <vector>

namespace emulator::http {

/// For a server that proves itself with `certificate`. There is no session resumption: each connection is a
/// whole handshake. A client is asked for a certificate and need not have one; it must have the key of the
/// one that it shows, and nothing else is checked here: who trusts whom is for the services to say. Throws
/// Error{internal}.
[[nodiscard]] boost::asio::ssl::context make_server_context(const certificates::CertifiedKey& certificate);

/// What the client of a finished handshake showed, in DER, its own certificate first; empty when it showed
/// none.
[[nodiscard]] std::vector<device_agent::Bytes> client_certificates(SSL* connection);

/// For a client that trusts `ca_file` alone, and checks that the peer is `host`. Throws Error{network} when
/// the file cannot be used.
[[nodiscard]] boost::asio::ssl::context make_client_context(const std::string& ca_file,
                                                            const std::string& host);

}  // namespace emulator::http
