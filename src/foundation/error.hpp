// SPDX-License-Identifier: Apache-2.0
// The one exception type of the project, and the one table that translates it at the boundaries.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace device_agent {

/// What kind of thing went wrong. Each code has one row in the table of error.cpp.
enum class ErrorCode {
    internal,         ///< a fault of ours, or something that no other code describes
    state,            ///< the state directory cannot be read or written
    usage,            ///< the command line is wrong
    configuration,    ///< the configuration, or a file that it names, is wrong or readable by others
    not_provisioned,  ///< a slot is empty, or waiting for one timed out
    refused,          ///< DPS or the hub said no (401, 403, 404, disabled)
    network,     ///< no connection, TLS, an answer that cannot be understood, 429 or 5xx until the timeout
    tpm,         ///< the TPM refused a command, is missing, or holds something unexpected
    permission,  ///< the caller may not do this (socket, TPM device)
    cancelled,   ///< stopped on request (SIGTERM, SIGINT)
    certificate_identity,  ///< a token was asked for an identity that has no key: its certificate proves it
};

/// What a caller may do about an error.
struct Retry {
    enum class Kind {
        no,           ///< the same call will fail again
        later,        ///< try again, not before `after`
        reprovision,  ///< only a full registration with DPS can help
    };
    Kind kind = Kind::no;
    std::chrono::seconds after{0};  ///< for `later`: the server's Retry-After, 0 when it gave none

    static Retry no() { return {}; }
    static Retry later(std::chrono::seconds wait = std::chrono::seconds{0}) { return {Kind::later, wait}; }
    static Retry reprovision() { return {Kind::reprovision, std::chrono::seconds{0}}; }
};

/// Thrown where the fact is known. The message says what happened, to what, and what to do; it never holds a
/// secret. A cause is nested with std::throw_with_nested and told by explain().
class Error : public std::runtime_error {
public:
    Error(ErrorCode code, const std::string& message, Retry retry = Retry::no());

    [[nodiscard]] ErrorCode code() const noexcept { return code_; }
    [[nodiscard]] Retry retry() const noexcept { return retry_; }

private:
    ErrorCode code_;
    Retry retry_;
};

/// How an error code looks at each boundary.
struct ErrorTranslation {
    std::string_view name;  ///< the stable word in JSON output and logs
    int exit_code;          ///< of the command line
    int http_status;        ///< of the socket API
};

[[nodiscard]] const ErrorTranslation& translate(ErrorCode code) noexcept;

/// The code whose stable word this is; nothing when none has it.
[[nodiscard]] std::optional<ErrorCode> error_code_named(std::string_view name) noexcept;

/// The message and its nested causes, joined by ": ".
[[nodiscard]] std::string explain(const std::exception& error);

}  // namespace device_agent
