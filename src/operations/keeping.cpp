// SPDX-License-Identifier: Apache-2.0
#include "operations/keeping.hpp"

#include "identity/file_slot_store.hpp"
#include "identity/tpm_slot_store.hpp"
#include "tpm/esys_tpm.hpp"

namespace device_agent::operations {

std::unique_ptr<tpm::Tpm> open_tpm(const config::Configuration& configuration, Clock& clock,
                                   const std::stop_token& stop) {
    if (configuration.identity_store == config::IdentityStore::file) return nullptr;
    const auto& tpm = configuration.tpm;
    return tpm::open({tpm.tcti, tpm.owner_auth, tpm.endorsement_auth}, clock, stop);
}

std::unique_ptr<identity::SlotStore> make_store(const config::Configuration& configuration, tpm::Tpm* tpm) {
    if (tpm == nullptr) return identity::make_file_slot_store(configuration.state_directory);
    const auto& settings = configuration.tpm;
    identity::TpmSlotStoreOptions options{
        {settings.key_handle_base, settings.nv_index_base, settings.persistent_slots},
        configuration.state_directory,
        settings.slot_auth == config::SlotAuth::agent};
    if (configuration.attestation.type == config::AttestationType::x509)
        options.certificate_slot = configuration.device_slot;
    return identity::make_tpm_slot_store(*tpm, std::move(options));
}

}  // namespace device_agent::operations
