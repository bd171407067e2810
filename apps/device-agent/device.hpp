// SPDX-License-Identifier: Apache-2.0
// The composition root: everything that a command works with, made from the configuration.
#pragma once

#include "attestation/attestation.hpp"
#include "attestation/client_certificate.hpp"
#include "attestation/enrollment_info.hpp"
#include "cloud/curl_http.hpp"
#include "config/config.hpp"
#include "foundation/call_context.hpp"
#include "identity/slot_store.hpp"
#include "identity/state_directory.hpp"
#include "provisioning/provisioner.hpp"
#include "tpm/tpm.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace device_agent::app {

class Device {
public:
    /// Reaches the TPM, if the configuration needs one, so that a missing one is known now.
    Device(config::Configuration configuration, std::stop_token stop);

    [[nodiscard]] const config::Configuration& configuration() const noexcept { return configuration_; }

    /// What the configuration allows, but is worth a look.
    void log_warnings() const;

    /// Life of a token for which nobody asked otherwise.
    [[nodiscard]] std::chrono::seconds token_life() const {
        return std::min(configuration_.connection_string_expiry, configuration_.max_token_lifetime);
    }

    /// A context that ends after `timeout`; 0 means never.
    [[nodiscard]] CallContext context(std::chrono::seconds timeout);

    /// Waits for other device-agent processes on this machine; call it before anything that reaches the TPM.
    /// Who holds the lock has a TPM without a resource manager to itself, and clears what killed processes
    /// left in it.
    void lock();
    void unlock() { state_.unlock(); }
    /// The same, for commands that change something: makes the state directory where it can be made.
    void lock_for_change(const CallContext& context);

    /// Throws Error{state} where erase_state() would fail.
    void require_erasable_state() const { state_.require_erasable(); }
    void erase_state() { state_.erase(); }

    /// False without DPS and without a TPM: then there is nothing to attest with, and nobody asks.
    [[nodiscard]] bool attests() const noexcept {
        return tpm_ || configuration_.attestation.type != config::AttestationType::tpm;
    }
    [[nodiscard]] attestation::EnrollmentInfo enrollment_info();
    [[nodiscard]] identity::SlotStore& store() { return *store_; }
    [[nodiscard]] WallTime now() const { return time_.now(); }

    /// Every slot that the configuration names, by number.
    [[nodiscard]] std::vector<unsigned> slot_numbers() const;
    /// What the slot is for, in words: "agent", "application AppB", "device"; empty when the configuration
    /// does not name it.
    [[nodiscard]] std::string purpose_of(unsigned slot) const;

    /// What the command line may ask for beyond what the configuration wants.
    struct Wishes {
        bool register_anew = false;
        bool verify = false;
        bool prune = false;
    };
    [[nodiscard]] provisioning::Provisioner provisioner(const Wishes& wishes,
                                                        provisioning::Progress progress);

private:
    [[nodiscard]] std::unique_ptr<cloud::HttpClient> connect();

    config::Configuration configuration_;
    std::stop_token stop_;
    SystemClock clock_;
    RandomJitter jitter_;
    cloud::ServiceTime time_{clock_};
    identity::StateDirectory state_;
    std::unique_ptr<tpm::Tpm> tpm_;  // null for the file store
    std::unique_ptr<identity::SlotStore> store_;
    std::unique_ptr<attestation::Attestation> attestation_;
    std::optional<attestation::ClientCertificate> certificate_;
};

/// Loads the configuration that the command line names.
[[nodiscard]] std::unique_ptr<Device> open_device(const std::filesystem::path& config_file,
                                                  std::stop_token stop);

}  // namespace device_agent::app
