// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"
#include "foundation/error.hpp"

#include <deque>
#include <functional>
#include <stdexcept>
#include <vector>

namespace device_agent::fakes {

/// Answers requests in order by what a test scripted, and keeps what it was asked.
class ScriptedHttp final : public cloud::HttpClient {
public:
    using Answer = std::function<cloud::HttpResponse(const cloud::HttpRequest&)>;

    ScriptedHttp& then(int status, std::string body,
                       std::optional<std::chrono::seconds> retry_after = std::nullopt) {
        answers_.push_back([=](const cloud::HttpRequest&) {
            return cloud::HttpResponse{status, retry_after, SecretText(body)};
        });
        return *this;
    }
    /// `work` is done when the request comes, and makes the answer.
    ScriptedHttp& then_does(std::function<cloud::HttpResponse()> work) {
        answers_.push_back([work = std::move(work)](const cloud::HttpRequest&) { return work(); });
        return *this;
    }
    ScriptedHttp& then_fails(std::string reason) {
        answers_.push_back([=](const cloud::HttpRequest&) -> cloud::HttpResponse {
            throw Error(ErrorCode::network, reason, Retry::later());
        });
        return *this;
    }

    cloud::HttpResponse send(const cloud::HttpRequest& request, const std::stop_token& /*stop*/) override {
        requests.push_back(request);
        if (answers_.empty())
            throw std::logic_error("unexpected request: " + request.method + " " + request.path);
        const auto answer = std::move(answers_.front());
        answers_.pop_front();
        return answer(request);
    }

    [[nodiscard]] bool all_used() const { return answers_.empty(); }

    std::vector<cloud::HttpRequest> requests;

private:
    std::deque<Answer> answers_;
};

}  // namespace device_agent::fakes
