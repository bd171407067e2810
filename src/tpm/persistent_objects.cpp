// SPDX-License-Identifier: Apache-2.0
#include "tpm/persistent_objects.hpp"

#include "tpm/issue.hpp"
#include "tpm/structures.hpp"

namespace device_agent::tpm {

PersistentObjects::~PersistentObjects() {
    for (auto& [handle, reference] : references_)
        Esys_TR_Close(connection_.esys(), &reference);
}

std::optional<ESYS_TR> PersistentObjects::find(Handle handle, std::string_view purpose) {
    if (const auto known = references_.find(handle); known != references_.end()) return known->second;
    ESYS_TR reference = ESYS_TR_NONE;
    const TSS2_RC code = patiently(connection_, [&] {
        return Esys_TR_FromTPMPublic(connection_.esys(), handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                     &reference);
    });
    if (says_no_such_handle(code)) return std::nullopt;
    if (code != TSS2_RC_SUCCESS) throw refusal(code, command::read_public, purpose);
    references_.emplace(handle, reference);
    return reference;
}

ESYS_TR PersistentObjects::get(Handle handle, std::string_view purpose) {
    if (const auto reference = find(handle, purpose)) return *reference;
    std::string what = "key";
    if (handle == endorsement_key_handle) what = "endorsement key";
    if (handle == storage_root_key_handle) what = "storage root key";
    throw Error(ErrorCode::tpm,
                "cannot " + std::string(purpose) + ": there is no " + what + " at " + to_text(handle) +
                    "; was the TPM cleared? Provision the device again",
                Retry::reprovision());
}

}  // namespace device_agent::tpm
