// SPDX-License-Identifier: Apache-2.0
#include "cloud/dps_client.hpp"

#include "cloud/answer.hpp"
#include "cloud/retrying.hpp"
#include "foundation/encoding.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace device_agent::cloud {
namespace {

using namespace std::chrono_literals;

constexpr const char* api_version = "?api-version=2021-06-01";
constexpr auto token_life = 1h;             // longer than any registration takes
constexpr auto default_poll_interval = 2s;  // where DPS names none
constexpr auto least_poll_interval = 1s;    // where it names 0, from the second poll on

// The answer to a challenge may come too late, when the service asked to wait between the two.
constexpr int most_challenges = 3;

// What was proven no longer counts: the challenge, the token or the registration itself is gone.
class Outdated final : public Error {
public:
    using Error::Error;
};

bool is_refusal(int status) noexcept {
    return status == 401 || status == 403 || status == 404;
}

std::string with_evidence(const Registration& registration, const attestation::Evidence& evidence) {
    nlohmann::json body{{"registrationId", registration.registration_id}};
    if (evidence.tpm) {
        body["tpm"] = {{"endorsementKey", base64_encode(evidence.tpm->endorsement_key)},
                       {"storageRootKey", base64_encode(evidence.tpm->storage_root_key)}};
    }
    if (!registration.payload.empty()) body["payload"] = nlohmann::json::parse(registration.payload);
    return body.dump();
}

std::string remedy_for(int status, const Registration& registration, const std::string& kind) {
    if (status == 401 && kind == "tpm") {
        return "compare the enrollment's endorsement key with `device-agent enrollment-info`";
    }
    if (status == 401 && kind == "x509") {
        return "compare the enrollment's certificate with `device-agent enrollment-info`; for an enrollment "
               "group, attestation.certificate must hold the certificates up to the group's CA. See also "
               "that "
               "none has expired";
    }
    if (status == 401 && kind == "symmetricKey") {
        return "compare the enrollment's keys with attestation.keyFile; with attestation.group it must hold "
               "the key of the enrollment group, without it the key of this device";
    }
    if (status == 401 || status == 403) return "check the enrollment's attestation and that it is enabled";
    if (status == 404) {
        return "check dpsScopeId '" + registration.id_scope + "' and that registration id '" +
               registration.registration_id +
               "' is enrolled (`device-agent enrollment-info` prints what to enroll)";
    }
    return "check the request against the service's limits";
}

}  // namespace

// One full registration: its evidence, its token, its operation.
class DpsClient::Attempt {
public:
    Attempt(DpsClient& client, const Registration& registration, attestation::Attestation& attestation,
            const CallContext& context)
        : client_(client),
          registration_(registration),
          attestation_(attestation),
          context_(context),
          path_("/" + percent_encode(registration.id_scope) + "/registrations/" +
                percent_encode(registration.registration_id)) {}

    Assignment run() {
        auto response = put();
        auto operation = understood(response);
        const std::string operation_id = operation.operation_id;
        for (auto least = 0s; pending(operation); least = least_poll_interval) {
            wait_for_next_poll(response, least);
            response = send("GET", path_ + "/operations/" + percent_encode(operation_id) + api_version, {});
            if (is_refusal(response.status)) {
                throw Outdated(ErrorCode::refused, refusal(response, "while it was polled "));
            }
            operation = understood(response);
        }
        return finished(operation);
    }

private:
    HttpResponse put() {
        const auto evidence = attestation_.evidence();
        if (evidence.symmetric_key)
            sign_in([&](ByteView data) { return hmac_sha256(*evidence.symmetric_key, data); });
        const auto body = with_evidence(registration_, evidence);
        for (int challenges = 0;; ++challenges) {
            auto response = send("PUT", path_ + "/register" + api_version, body);
            if (response.status != 401 || challenges == most_challenges) return response;
            const auto challenge = parse_tpm_challenge(response.body.view());
            if (!challenge && challenges > 0)
                throw Outdated(ErrorCode::refused, refusal(response, "although it answered the challenge "));
            if (!challenge) return response;
            sign_in([&](ByteView data) { return attestation_.answer(*challenge, data); });
        }
    }

    // The same token goes on every request from now on.
    void sign_in(const Signer& sign) {
        const std::string resource =
            registration_.id_scope + "/registrations/" + registration_.registration_id;
        token_ = make_sas_token(resource, client_.time_.now() + token_life, "registration", sign).text;
    }

    HttpResponse send(const char* method, const std::string& path, const std::string& body) {
        HttpRequest request{method, registration_.endpoint, path, {{"Accept", "application/json"}}, token_,
                            body};
        if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
        return send_with_retries(client_.http_, request, context_);
    }

    static bool pending(const RegistrationOperation& operation) {
        using Status = RegistrationOperation::Status;
        return operation.status == Status::assigning || operation.status == Status::unassigned;
    }

    void wait_for_next_poll(const HttpResponse& response, std::chrono::seconds least) const {
        const auto delay = std::max(response.retry_after.value_or(default_poll_interval), least);
        if (!context_.allows(delay)) {
            throw Error(ErrorCode::network,
                        "DPS has not assigned the device yet and asks to wait " +
                            std::to_string(delay.count()) +
                            " s; giving up, since the time limit (--timeout) would pass before",
                        Retry::later(delay));
        }
        log::debug("DPS is assigning the device; asking again in " + std::to_string(delay.count()) + " s");
        context_.wait(delay);
    }

    [[nodiscard]] RegistrationOperation understood(const HttpResponse& response) const {
        if (response.status == 200 || response.status == 202)
            return parse_registration_operation(response.body.view());
        if (response.status < 400) {
            throw NotUnderstood("DPS " + registration_.endpoint + " answered " +
                                describe_status(response.status) +
                                ", which is no answer of DPS: check dpsUri, and what lies between");
        }
        throw Error(ErrorCode::refused, refusal(response, ""));
    }

    [[nodiscard]] std::string refusal(const HttpResponse& response, const std::string& what) const {
        return "DPS " + registration_.endpoint + " refused registration id '" +
               registration_.registration_id + "' " + what + "(" + describe_status(response.status) + ", " +
               describe_dps_error(response.body.view()) +
               "): " + remedy_for(response.status, registration_, attestation_.kind());
    }

    [[nodiscard]] Assignment finished(RegistrationOperation& operation) const {
        using Status = RegistrationOperation::Status;
        const std::string who = "registration id '" + registration_.registration_id + "'";
        if (operation.status == Status::disabled) {
            throw Error(ErrorCode::refused,
                        "DPS answers that the enrollment of " + who + " is disabled: enable it in DPS");
        }
        if (operation.status == Status::failed) {
            throw Error(ErrorCode::refused,
                        "DPS could not assign " + who + " to a hub (" +
                            (operation.failure.empty() ? "no reason given" : operation.failure) +
                            "): check the enrollment's hubs and allocation policy");
        }
        return std::move(*operation.assignment);
    }

    DpsClient& client_;
    const Registration& registration_;
    attestation::Attestation& attestation_;
    const CallContext& context_;
    std::string path_;
    SecretText token_;
};

Assignment DpsClient::register_device(const Registration& registration, attestation::Attestation& attestation,
                                      const CallContext& context) {
    try {
        return Attempt(*this, registration, attestation, context).run();
    } catch (const Outdated&) {
        return Attempt(*this, registration, attestation, context).run();
    }
}

}  // namespace device_agent::cloud
