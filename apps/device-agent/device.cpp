// SPDX-License-Identifier: Apache-2.0
#include "device.hpp"

#include "attesting.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/error.hpp"
#include "foundation/logging.hpp"
#include "keeping.hpp"

#include <algorithm>
#include <set>

namespace device_agent::app {
namespace {

constexpr std::chrono::seconds lock_patience{60};

SecretText read_credentials(const std::filesystem::path& file) {
    if (file.empty()) return {};
    const auto text = read_file(file).value_or("");
    return SecretText(std::string_view(text).substr(0, text.find_last_not_of("\r\n") + 1));
}

std::string joined(const config::Grant& grant) {
    std::string text;
    const auto add = [&](const char* kind, const std::vector<std::string>& names) {
        for (const auto& name : names)
            text += (text.empty() ? "" : ", ") + std::string(kind) + " " + name;
    };
    add("user", grant.users);
    add("group", grant.groups);
    add("unit", grant.units);
    return text.empty() ? "nobody yet" : text;
}

}  // namespace

Device::Device(config::Configuration configuration, std::stop_token stop)
    : configuration_(std::move(configuration)),
      stop_(std::move(stop)),
      state_(configuration_.state_directory),
      tpm_(open_tpm(configuration_, clock_, stop_)),
      store_(make_store(configuration_, tpm_.get())) {}

CallContext Device::context(std::chrono::seconds timeout) {
    std::optional<SteadyTime> deadline;
    if (timeout > std::chrono::seconds{0}) deadline = clock_.steady_now() + timeout;
    return {clock_, jitter_, deadline, stop_};
}

void Device::log_warnings() const {
    for (const auto& warning : configuration_.warnings)
        log::warning(config::render(warning));
}

void Device::lock() {
    if (state_.lock(context(lock_patience)) && tpm_) tpm_->flush_leftovers();
}

void Device::lock_for_change(const CallContext& context) {
    try {
        state_.create();
    } catch (const Error& error) {
        // Empty slots in the TPM can be filled without it; the slot store refuses the rest.
        log::warning(error.what());
    }
    state_.lock(context);
    if (tpm_) tpm_->flush_leftovers();
}

attestation::EnrollmentInfo Device::enrollment_info() {
    return app::enrollment_info(configuration_, tpm_.get());
}

std::vector<unsigned> Device::slot_numbers() const {
    std::set<unsigned> numbers{configuration_.device_slot, configuration_.agent_slot};
    for (const auto& module : configuration_.modules())
        numbers.insert(module.slot);
    return {numbers.begin(), numbers.end()};
}

std::string Device::purpose_of(unsigned slot) const {
    const auto grant = [&](const std::string& id) {
        const auto at = configuration_.applications.find(id);
        return at == configuration_.applications.end() ? std::string() : " (" + joined(at->second) + ")";
    };
    if (slot == configuration_.device_slot) {
        if (configuration_.agent_uses_device_twin()) return "agent, on the device twin";
        return configuration_.applications.contains("$device") ? "main application" + grant("$device")
                                                               : "device";
    }
    for (const auto& module : configuration_.modules()) {
        if (module.slot == slot)
            return module.is_agent ? "agent" : "application " + module.id + grant(module.id);
    }
    return {};
}

provisioning::Provisioner Device::provisioner(const Wishes& wishes, provisioning::Progress progress) {
    provisioning::Goal goal;
    goal.desired.register_anew = wishes.register_anew;
    goal.desired.prune = wishes.prune;
    goal.verify = wishes.verify;
    const auto info = enrollment_info();
    attestation_ = make_attestation(configuration_, info.registration_id, tpm_.get());
    goal.machine = machine_digest(info, tpm_.get());
    goal.desired.binding = {configuration_.dps_uri, configuration_.dps_scope_id, info.registration_id,
                            attestation_->kind()};
    goal.desired.device_slot = configuration_.device_slot;
    for (const auto& module : configuration_.modules())
        goal.desired.modules.push_back({module.id, module.slot});
    goal.payload = configuration_.payload.value_or("");
    goal.hub_port = configuration_.https_port;
    return {std::move(goal),
            {*store_, *attestation_, time_, [this] { return connect(); }, configuration_.state_directory,
             std::move(progress)}};
}

std::unique_ptr<cloud::HttpClient> Device::connect() {
    // Only now: a question about the slots needs no private key, which may be in the TPM.
    if (!certificate_) certificate_ = client_certificate(configuration_, tpm_.get(), clock_);
    return cloud::make_http_client({configuration_.trusted_ca_file, configuration_.proxy,
                                    read_credentials(configuration_.proxy_credentials_file),
                                    "device-agent/" DEVICE_AGENT_VERSION, certificate_},
                                   time_);
}

std::unique_ptr<Device> open_device(const std::filesystem::path& config_file, std::stop_token stop) {
    return std::make_unique<Device>(config::load(config_file), std::move(stop));
}

}  // namespace device_agent::app
