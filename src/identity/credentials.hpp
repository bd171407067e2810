// SPDX-License-Identifier: Apache-2.0
// What an application gets of a slot: tokens and connection strings, never the key.
#pragma once

#include "cloud/sas_token.hpp"
#include "identity/slot_store.hpp"

#include <string>

namespace device_agent::identity {

/// A SAS token for the slot's own identity and nothing else, signed where the key is. Throws
/// Error{not_provisioned} when the slot is not filled, Error{certificate_identity} when it has no key.
[[nodiscard]] cloud::SasToken mint_token(SlotStore& store, const Slot& slot, WallTime expires);

/// The same, signed by the staged key for the staged identity.
[[nodiscard]] cloud::SasToken mint_staged_token(SlotStore& store, unsigned slot, const Identity& staged,
                                                WallTime expires);

/// "HostName=…;DeviceId=…[;ModuleId=…];SharedAccessSignature=…", as every Azure IoT SDK takes it.
[[nodiscard]] SecretText make_connection_string(const Identity& identity, const cloud::SasToken& token);

/// "HostName=…;DeviceId=…;x509=true": for an identity that a certificate proves. The certificate and its key
/// are given to the SDK besides.
[[nodiscard]] SecretText make_x509_connection_string(const Identity& identity);

}  // namespace device_agent::identity
