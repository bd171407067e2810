// SPDX-License-Identifier: Apache-2.0
#include "daemon/administration.hpp"

#include "operations/perform.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <utility>

namespace device_agent::daemon {
namespace {

using Json = nlohmann::json;

Json to_json(const Condition& condition) {
    Json json{{"state", name_of(condition.state)},
              {"since", format_utc(condition.since)},
              {"nextAttempt", nullptr},
              {"lastError", nullptr}};
    if (condition.next_attempt) json["nextAttempt"] = format_utc(*condition.next_attempt);
    if (!condition.last_error.empty()) json["lastError"] = condition.last_error;
    return json;
}

// A reason may quote bytes that are no UTF-8.
SecretText with_condition(const SecretText& status, const Condition& condition) {
    auto json = Json::parse(status.view());
    json["daemon"] = to_json(condition);
    return SecretText(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

void Administration::start(app_api::Operation operation, Progress progress, Done done) {
    if (!operations::is_question(operation))
        return supervisor_.submit(std::move(operation), std::move(progress), std::move(done));
    questions_.post([this, operation = std::move(operation), done = std::move(done)] {
        SecretText document;
        std::exception_ptr error;
        try {
            document = answer(operation);
        } catch (...) {
            error = std::current_exception();
        }
        done(std::move(document), error);
    });
}

SecretText Administration::answer(const app_api::Operation& question) {
    if (work_.take_changed_configuration()) supervisor_.reload([] {});  // and then it acts on it, too
    const auto device = work_.device();
    const auto context = operations::context_of(question, *device);
    auto document = operations::perform(question, *device, {}, context);
    if (question.kind != app_api::Operation::Kind::status) return document;
    return with_condition(document, supervisor_.condition());
}

}  // namespace device_agent::daemon
