// SPDX-License-Identifier: Apache-2.0
// Requests over one connection, by libcurl's easy interface and nothing around it.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

namespace bench {

class BareHttps {
public:
    /// `origin` is "https://host:port".
    BareHttps(std::string origin, std::string ca_file);

    /// The body of the answer. Throws std::runtime_error unless the status is the expected one.
    std::string send(const char* method, const std::string& path, const std::string& authorization,
                     const std::string& body, long expected);

private:
    std::string origin_;
    std::string ca_file_;
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_{curl_easy_init(), &curl_easy_cleanup};
};

}  // namespace bench
