// SPDX-License-Identifier: Apache-2.0
// A whole emulator in memory, with a clock that stands still, and the requests that clients send it.
#pragma once

#include "emulator/emulator.hpp"
#include "emulator/testing/manual_clock.hpp"
#include "emulator/testing/software_tpm.hpp"

namespace emulator::testing {

class World {
public:
    World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    /// Sends to `host`; bodies are said to be JSON unless `headers` say otherwise.
    http::Response send(const std::string& method, const std::string& target, http::Headers headers = {},
                        const std::string& body = "", const std::string& host = "localhost");

    [[nodiscard]] device_agent::WallTime in_an_hour() const { return clock.now() + std::chrono::hours{1}; }

    /// Of a hub's policy, for the whole hub.
    [[nodiscard]] std::string policy_token(const std::string& policy = "iothubowner",
                                           const std::string& hub = "localhost") const;
    /// Of the DPS's policy.
    [[nodiscard]] std::string dps_token() const;

    /// As iothubowner; checks that it succeeded.
    nlohmann::json put_device(const std::string& device, const std::string& hub = "localhost",
                              const nlohmann::json& body = nlohmann::json::object());
    nlohmann::json put_module(const std::string& device, const std::string& module,
                              const std::string& hub = "localhost");
    /// Whether the registry has it.
    [[nodiscard]] bool has(const std::string& identity_path, const std::string& hub = "localhost");

    /// Creates or replaces the TPM enrollment `id`, with `more` members, by the service API.
    nlohmann::json enroll(const std::string& id, const SoftwareTpm& tpm,
                          const nlohmann::json& more = nlohmann::json::object());

    /// Creates or replaces an individual enrollment, or a group, by the service API.
    nlohmann::json enroll(const std::string& id, const nlohmann::json& attestation,
                          const nlohmann::json& more = nlohmann::json::object());
    nlohmann::json enroll_group(const std::string& id, const nlohmann::json& attestation,
                                const nlohmann::json& more = nlohmann::json::object());

    /// The control API.
    http::Response control(const std::string& method, const std::string& path, const std::string& body = "");

    /// What the record says of the last request.
    [[nodiscard]] nlohmann::json last_request() const;

    /// What the TLS client shows in the requests that follow.
    std::vector<device_agent::Bytes> client_certificates;
    ManualClock clock;
    instance::Instance instance;
    std::unique_ptr<Emulator> emulator;

private:
    record::ConnectionNumber connection_;
};

/// A device with a software TPM, as an SDK would register it.
class TpmDevice {
public:
    TpmDevice(World& world, const SoftwareTpm& tpm, std::string registration_id)
        : world_(world), tpm_(tpm), registration_id_(std::move(registration_id)) {}

    /// The body of a register request.
    [[nodiscard]] std::string body(bool with_keys = true) const;
    [[nodiscard]] std::string path() const;
    [[nodiscard]] std::string resource() const;

    /// Takes the challenge and makes the token that answers it.
    std::string answer_challenge();
    http::Response put(const std::string& token, const std::string& content);
    http::Response poll(const std::string& token, const std::string& operation);

    struct Assigned {
        nlohmann::json state{};                  ///< registrationState
        device_agent::SecretBytes device_key{};  ///< opened by the TPM
        std::string uri{};                       ///< of the blob's field 6
    };
    /// The whole story; moves the clock over the poll interval.
    Assigned register_device();

private:
    World& world_;
    const SoftwareTpm& tpm_;
    std::string registration_id_;
};

/// A device that proves itself by a token, or by the certificates that the world's TLS client shows.
class Device {
public:
    Device(World& world, std::string registration_id)
        : world_(world), registration_id_(std::move(registration_id)) {}

    /// Signs with a key in base64, for an hour.
    Device& sign_with(std::string_view base64_key);
    Device& send_token(std::string token);

    [[nodiscard]] std::string resource() const;
    http::Response put(const nlohmann::json& more = nlohmann::json::object());
    http::Response poll(const std::string& operation);
    http::Response status();
    /// The whole story; registrationState. Moves the clock over the poll interval.
    nlohmann::json register_device(const nlohmann::json& more = nlohmann::json::object());

private:
    http::Response send(const std::string& method, const std::string& path, const std::string& body);

    World& world_;
    std::string registration_id_;
    std::string token_;
};

[[nodiscard]] nlohmann::json json_of(const http::Response& response);

}  // namespace emulator::testing
