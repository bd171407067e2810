// SPDX-License-Identifier: Apache-2.0
// The port to HTTPS services.
#pragma once

#include "foundation/clock.hpp"
#include "foundation/secret.hpp"

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace device_agent::cloud {

struct HttpRequest {
    std::string method;
    std::string host;  ///< host[:port], port 443 when it names none
    std::string path;  ///< with the query, percent-encoded, starting with '/'
    std::vector<std::pair<std::string, std::string>> headers;
    SecretText authorization;  ///< the Authorization header's value, empty for none
    std::string body;
    std::optional<std::chrono::milliseconds>
        patience{};  ///< how long it may take in all, where that is less than the client's own limit
};

struct HttpResponse {
    int status = 0;
    std::optional<std::chrono::seconds> retry_after;
    SecretText body;  ///< may hold keys
};

/// One client keeps its connections: requests to the same host go over one TLS connection.
/// Threading: used by one thread at a time. Errors: Error{network} (retry later) when there is no verified
/// TLS connection or no whole answer; Error{cancelled} when `stop` is requested. An answer with any status is
/// no error.
class HttpClient {
public:
    HttpClient() = default;
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    virtual ~HttpClient() = default;

    [[nodiscard]] virtual HttpResponse send(const HttpRequest& request, const std::stop_token& stop) = 0;
};

}  // namespace device_agent::cloud
