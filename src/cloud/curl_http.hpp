// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attestation/client_certificate.hpp"
#include "cloud/http.hpp"
#include "cloud/service_time.hpp"

#include <filesystem>
#include <optional>

namespace device_agent::cloud {

struct HttpOptions {
    std::filesystem::path trusted_ca_file;  ///< in place of the system's trust store; empty: the system's
    std::string proxy;                      ///< "http://host:port"; empty: https_proxy and no_proxy decide
    SecretText proxy_credentials;           ///< "user:password"; empty: none
    std::string user_agent;
    std::optional<attestation::ClientCertificate> certificate = {};  ///< shown to every server (mutual TLS)
};

/// libcurl underneath. TLS 1.2 at least, certificate and name always verified, answers up to 1 MiB with 64
/// KiB of headers, 90 seconds for a request. A redirection is an Error{network}: it is not followed. `time`
/// is read for each connection and told the Date of each answer; it outlives the client.
[[nodiscard]] std::unique_ptr<HttpClient> make_http_client(HttpOptions options, ServiceTime& time);

}  // namespace device_agent::cloud
