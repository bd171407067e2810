// SPDX-License-Identifier: Apache-2.0
// Requests and responses as plain values: all that a handler sees of HTTP.
#pragma once

#include "emulator/http/delivery.hpp"
#include "foundation/bytes.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator::http {

class Headers {
public:
    Headers() = default;
    Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    /// The first field of that name, whatever its case.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] auto begin() const { return fields_.begin(); }
    [[nodiscard]] auto end() const { return fields_.end(); }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// A request's path and query, percent-decoded.
struct Target {
    std::vector<std::string> segments;  ///< of the path, without empty ones
    std::vector<std::pair<std::string, std::string>> query;

    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
};

/// Parses origin-form ("/a/b?c=d"). Throws FormatError.
[[nodiscard]] Target parse_target(std::string_view text);

/// The host of a Host header: lower case, without port and without the brackets of an IPv6 address.
[[nodiscard]] std::string host_name_of(std::string_view host_header);

struct Request {
    std::string method{};
    Target target{};
    std::string host{};  ///< host_name_of() the Host header; empty when there is none
    Headers headers{};
    std::string body{};
    std::vector<device_agent::Bytes> client_certificates{};  ///< of the TLS client, in DER, its own first
};

struct Response;

/// Makes a response that takes its time: calls what it is given once, from any thread, with a response that
/// is not deferred again.
using Deferred = std::function<void(std::function<void(Response)>)>;

/// Calls what it is given once, from any thread: with true when what a response tells has come true, with
/// false when it never will.
using Condition = std::function<void(std::function<void(bool)>)>;

struct Response {
    int status = 200;
    Headers headers{};
    std::string body{};

    std::optional<Delivery> delivery{};  ///< set by a fault; nothing: whole, and at once
    Deferred
        later{};  ///< when there is one, the response is what it makes, and the members above mean nothing

    Condition provided{};  ///< when there is one, the response is sent, and recorded, when it is met

    // For the record of requests; never sent.
    std::string authorized_as{};  ///< "policy iothubowner", "device d1"; empty when nobody was
    std::string refusal{};        ///< why not, in words
};

/// Has `change` made to a response as soon as there is one: at once, or when it is answered later.
[[nodiscard]] Response amend(Response response, std::function<void(Response&)> change);

}  // namespace emulator::http
