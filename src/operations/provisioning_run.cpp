// SPDX-License-Identifier: Apache-2.0
#include "operations/provisioning_run.hpp"

#include "cloud/curl_http.hpp"
#include "foundation/durable_file.hpp"
#include "operations/attesting.hpp"

#include <utility>

namespace device_agent::operations {
namespace {

SecretText read_credentials(const std::filesystem::path& file) {
    if (file.empty()) return {};
    const auto text = read_file(file).value_or("");
    return SecretText(std::string_view(text).substr(0, text.find_last_not_of("\r\n") + 1));
}

}  // namespace

ProvisioningRun::ProvisioningRun(const Device& device, const Wishes& wishes, provisioning::Progress progress)
    : device_(device) {
    const auto& configuration = device.configuration();
    auto* tpm = device.machine().tpm();
    const auto info = device.enrollment_info();
    attestation_ = make_attestation(configuration, info.registration_id, tpm);

    provisioning::Goal goal;
    goal.desired.register_anew = wishes.register_anew;
    goal.desired.prune = wishes.prune;
    goal.verify = wishes.verify;
    goal.machine = machine_digest(info, tpm);
    goal.desired.binding = {configuration.dps_uri, configuration.dps_scope_id, info.registration_id,
                            attestation_->kind()};
    goal.desired.device_slot = configuration.device_slot;
    for (const auto& module : configuration.modules())
        goal.desired.modules.push_back({module.id, module.slot});
    goal.payload = configuration.payload.value_or("");
    goal.hub_port = configuration.https_port;
    provisioner_.emplace(std::move(goal),
                         provisioning::Services{device.store(), *attestation_, device.machine().time(),
                                                [this] { return connect(); }, configuration.state_directory,
                                                std::move(progress)});
}

std::unique_ptr<cloud::HttpClient> ProvisioningRun::connect() {
    const auto& configuration = device_.configuration();
    auto& machine = device_.machine();
    // Only now: a question about the slots needs no private key, which may be in the TPM.
    if (!certificate_) certificate_ = client_certificate(configuration, machine.tpm(), machine.clock());
    return cloud::make_http_client({configuration.trusted_ca_file, configuration.proxy,
                                    read_credentials(configuration.proxy_credentials_file),
                                    "device-agent/" DEVICE_AGENT_VERSION, certificate_},
                                   machine.time());
}

}  // namespace device_agent::operations
