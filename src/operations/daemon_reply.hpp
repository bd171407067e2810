// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/error.hpp"
#include "foundation/secret.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace device_agent::operations {

/// The daemon's answer as its pieces come: whole JSON, or a line of JSON for each step and for the result.
class DaemonReply {
public:
    using Step = std::function<void(const std::string&)>;

    /// `step` is called for each step as soon as its line is whole.
    DaemonReply(bool tells_steps, Step step) : tells_steps_(tells_steps), step_(std::move(step)) {}

    void add(std::string_view piece);
    /// The document, when everything has come. Throws the error that the daemon told, or Error{internal} for
    /// an answer that broke off or cannot be understood.
    [[nodiscard]] SecretText document(int status);

private:
    void take_line(std::string_view line);

    bool tells_steps_;
    Step step_;
    SecretText waiting_;  // what came after the last whole line
    std::optional<SecretText> result_;
    std::optional<Error> error_;
};

}  // namespace device_agent::operations
