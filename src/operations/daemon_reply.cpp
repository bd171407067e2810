// SPDX-License-Identifier: Apache-2.0
#include "operations/daemon_reply.hpp"

#include <nlohmann/json.hpp>

namespace device_agent::operations {
namespace {

// The members keep the order in which the daemon wrote them.
using Json = nlohmann::ordered_json;

Error not_understood(const std::string& what) {
    return {ErrorCode::internal, "the answer of the daemon (device-agent run) cannot be understood: " + what +
                                     "; is it of another version than this command?"};
}

// The code is the one that the work itself would have thrown.
Error error_of(const Json& problem) {
    if (!problem.is_object()) return not_understood("it is no problem document");
    const auto detail = problem.value("detail", std::string("no detail"));
    const auto code = error_code_named(problem.value("code", std::string()));
    if (code == ErrorCode::permission) {
        return {ErrorCode::permission,
                detail +
                    "; run this as root or as another administrator, or name the user in "
                    "`administrators` of the configuration"};
    }
    return {code.value_or(ErrorCode::internal), detail};
}

}  // namespace

void DaemonReply::add(std::string_view piece) {
    waiting_ += piece;
    if (!tells_steps_) return;
    auto rest = waiting_.view();
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        take_line(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    waiting_ = SecretText(rest);
}

void DaemonReply::take_line(std::string_view line) {
    const auto json = Json::parse(line, nullptr, false);
    if (json.contains("step") && json["step"].is_string()) {
        if (step_) step_(json["step"].get<std::string>());
    } else if (json.contains("result")) {
        result_ = SecretText(json["result"].dump(2) + "\n");
    } else if (json.contains("error")) {
        error_ = error_of(json["error"]);
    }
}

SecretText DaemonReply::document(int status) {
    if (status != 200) {
        if (error_) throw Error(*error_);
        throw error_of(Json::parse(waiting_.view(), nullptr, false));
    }
    if (!tells_steps_) {
        const auto json = Json::parse(waiting_.view(), nullptr, false);
        if (json.is_discarded()) throw not_understood("it is not JSON");
        return SecretText(json.dump(2) + "\n");
    }
    if (error_) throw Error(*error_);
    if (!result_) throw not_understood("it broke off before the result; see the daemon's log");
    return std::move(*result_);
}

}  // namespace device_agent::operations
