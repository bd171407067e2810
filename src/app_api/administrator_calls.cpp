// SPDX-License-Identifier: Apache-2.0
#include "app_api/connection.hpp"

#include <nlohmann/json.hpp>

#include <deque>
#include <memory>

namespace device_agent::app_api {
namespace {

namespace asio = boost::asio;

constexpr std::size_t most_steps_waiting = 64;

// An operation that runs elsewhere. It goes on when the connection that asked for it is gone.
struct Running {
    explicit Running(std::weak_ptr<Wakeup> who_waits) : wakeup(std::move(who_waits)) {}
    std::weak_ptr<Wakeup> wakeup;
    std::deque<std::string> steps{};
    bool is_done = false;
    SecretText document{};
    std::exception_ptr failure{};
};

void start(ServerState& state, Operation operation, const std::shared_ptr<Running>& running) {
    auto tell_step = [running, inbox = state.inbox](const std::string& step) {
        inbox->put([running, step] {
            // A reader that is slow misses some of the steps, not the result.
            if (running->steps.size() < most_steps_waiting) running->steps.push_back(step);
            wake(running->wakeup);
        });
    };
    auto finish = [running, inbox = state.inbox](SecretText document, const std::exception_ptr& failure) {
        const auto result = std::make_shared<SecretText>(std::move(document));
        inbox->put([running, result, failure] {
            running->document = std::move(*result);
            running->failure = failure;
            running->is_done = true;
            wake(running->wakeup);
        });
    };
    state.administration.start(std::move(operation), std::move(tell_step), std::move(finish));
}

std::string step_line(const std::string& step) {
    return nlohmann::json{{"step", step}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
           '\n';
}

// A document on one line: within JSON's texts a line's end is always escaped.
SecretText result_line(const SecretText& document) {
    SecretText line(R"({"result": )");
    for (const char& c : document.view())
        line += c == '\n' ? std::string_view(" ") : std::string_view(&c, 1);
    line += "}\n";
    return line;
}

SecretText error_line(const std::exception_ptr& failure) {
    return SecretText(R"({"error": )" + to_json(problem_of(failure)) + "}\n");
}

}  // namespace

asio::awaitable<bool> Connection::answer_administrator(Call call) {
    bool goes_on = false;
    if (call.kind == Call::Kind::metrics) {
        std::size_t streams = 0;
        for (const auto& [pid, count] : state_.streams)
            streams += count;
        const Levels levels{.connections = state_.connections.size(),
                            .event_streams = streams,
                            .signatures = state_.minter.signatures()};
        Reply reply{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                    .body = SecretText(state_.metrics.render(levels))};
        goes_on = co_await send(std::move(reply));
    } else {
        goes_on = co_await run_operation(std::move(call.operation), call.format);
    }
    co_return goes_on;
}

asio::awaitable<bool> Connection::run_operation(Operation operation, Format format) {
    const auto wakeup = std::make_shared<Wakeup>(co_await asio::this_coro::executor);
    const auto running = std::make_shared<Running>(wakeup);
    start(state_, std::move(operation), running);
    if (format != Format::steps) {
        while (!running->is_done)
            co_await wakeup->wait();
        if (running->failure) std::rethrow_exception(running->failure);
        Reply reply{.content_type = "application/json", .body = std::move(running->document)};
        const bool goes_on = co_await send(std::move(reply));
        co_return goes_on;
    }
    state_.metrics.count_request(route_, 200);
    auto head = wire::head_of_stream("application/x-ndjson", manner_);
    bool is_read = co_await send_text(SecretText(head));
    while (is_read && !(running->is_done && running->steps.empty())) {
        if (running->steps.empty()) {
            co_await wakeup->wait();
            continue;
        }
        auto piece = wire::piece_of_stream(step_line(running->steps.front()), manner_);
        running->steps.pop_front();
        is_read = co_await send_text(std::move(piece));
    }
    if (!is_read) co_return false;
    const auto last = running->failure ? error_line(running->failure) : result_line(running->document);
    auto end = wire::piece_of_stream(last.view(), manner_);
    end += wire::piece_of_stream("", manner_).view();
    co_await send_text(std::move(end));
    co_return false;
}

}  // namespace device_agent::app_api
