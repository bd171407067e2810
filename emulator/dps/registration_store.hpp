// SPDX-License-Identifier: Apache-2.0
// The last registration of each registration id.
#pragma once

#include "emulator/store/database.hpp"
#include "foundation/clock.hpp"
#include "foundation/secret.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace emulator::dps {

struct Registration {
    std::string registration_id;
    std::string operation_id;
    device_agent::WallTime ready;           ///< before it, a poll is told to wait
    device_agent::SecretBytes signing_key;  ///< what polls are signed with
    device_agent::Bytes endorsement_key;    ///< name of the key that was attested
    std::string authentication_key;         ///< base64: the blob with the device's hub key
    std::string hub;
    std::string device_id;
    std::string substatus;
    std::string etag;
    device_agent::WallTime created;
    device_agent::WallTime updated;
};

[[nodiscard]] std::optional<Registration> find_registration(store::Transaction& transaction,
                                                            const std::string& id);

/// In place of an earlier one of the same id.
void save_registration(store::Transaction& transaction, const Registration& registration);

/// DeviceRegistrationResult of an assigned device, without what only the device itself is told.
[[nodiscard]] nlohmann::json to_json(const Registration& registration);

}  // namespace emulator::dps
