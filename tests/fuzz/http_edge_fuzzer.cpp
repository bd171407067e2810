// SPDX-License-Identifier: Apache-2.0
#include "emulator/emulator.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/request_parser.hpp"
#include "emulator/testing/manual_clock.hpp"
#include "emulator/testing/sign.hpp"

#include <boost/asio/buffer.hpp>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

namespace {

using namespace emulator;

constexpr auto key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

instance::Instance instance_of_the_fuzzer() {
    instance::Instance instance{.id_scope = "0ne00000001", .control_token = "token", .hubs = {"localhost"}};
    instance.dps_policies.emplace("provisioningserviceowner", device_agent::SecretText(key));
    instance.hub_policies["localhost"].emplace("iothubowner", device_agent::SecretText(key));
    return instance;
}

// Who shows nothing is given what the owner has: without it, hardly a mutation would come past the refusals.
void let_in(http::Request& request, const device_agent::Clock& clock) {
    if (request.headers.find("Authorization") || request.target.segments.empty()) return;
    if (request.target.segments.front() == "_emulator") {
        request.headers.add("Authorization", "Bearer token");
        return;
    }
    const bool is_dps = request.target.segments.front().starts_with("enrollment");
    request.headers.add("Authorization",
                        testing::sign_base64("localhost", key, clock.now() + std::chrono::hours{1},
                                             is_dps ? "provisioningserviceowner" : "iothubowner"));
}

// An emulator that was just started, made when the first request has come as far.
class Started {
public:
    void answer(http::Request request) {
        if (!emulator_) {
            emulator_.emplace(store::Database::in_memory(),
                              store::Database::in_memory(store::Content::telemetry), instance_of_the_fuzzer(),
                              clock_);
            connection_ = emulator_->record().opened("the fuzzer");
        }
        let_in(request, clock_);
        check(emulator_->handle(request, connection_));
    }

private:
    static void check(const http::Response& response);

    const testing::ManualClock clock_{};
    std::optional<Emulator> emulator_{};
    record::ConnectionNumber connection_ = 0;
};

// Whatever was asked: the answer is one, it can be sent, and nothing went wrong inside.
void Started::check(const http::Response& response) {
    if (response.later) return;
    if (response.status < 200 || response.status > 599 || response.status == 500) std::abort();
    for (const auto& [name, value] : response.headers) {
        if (value.find_first_of("\r\n") != std::string::npos) std::abort();
    }
}

}  // namespace

// The bytes of a connection, as they are when TLS is off them: requests, one behind the other.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const http::Limits limits;
    Started emulator;
    while (size > 0) {
        http::RequestParser parser(limits);
        parser.eager(true);
        boost::system::error_code error;
        const auto taken = parser.put(boost::asio::buffer(data, size), error);
        data += taken;
        size -= taken;
        if (error) static_cast<void>(http::answer_to_malformed(error));
        if (error || !parser.is_done()) break;
        try {
            emulator.answer(http::to_request(parser.release()));
        } catch (const FormatError&) {
        }
    }
    return 0;
}
