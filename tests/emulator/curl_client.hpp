// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/http/message.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>

namespace emulator::testing {

/// An HTTPS client as the device's own is: libcurl, with one connection that it keeps.
class CurlClient {
public:
    /// From emulator.json.
    explicit CurlClient(const nlohmann::json& description);

    /// `authorization` may be empty. Throws std::runtime_error when there is no answer.
    http::Response send(const std::string& method, const std::string& target,
                        const std::string& authorization = "", const std::string& body = "",
                        const std::string& host = "localhost");

private:
    struct Close {
        void operator()(void* handle) const noexcept;
    };
    std::unique_ptr<void, Close> curl_;
    std::string ca_file_;
    int port_;
};

}  // namespace emulator::testing
