// SPDX-License-Identifier: Apache-2.0
// TLS as Azure speaks it: version 1.2 alone, and forward-secret suites.
#pragma once

#include "emulator/certificates/authority.hpp"

#include <boost/asio/ssl/context.hpp>

namespace emulator::http {

/// For a server that proves itself with `certificate`. There is no session resumption: each connection is a
/// whole handshake. Throws Error{internal}.
[[nodiscard]] boost::asio::ssl::context make_server_context(const certificates::CertifiedKey& certificate);

/// For a client that trusts `ca_file` alone, and checks that the peer is `host`. Throws Error{network} when
/// the file cannot be used.
[[nodiscard]] boost::asio::ssl::context make_client_context(const std::string& ca_file,
                                                            const std::string& host);

}  // namespace emulator::http
