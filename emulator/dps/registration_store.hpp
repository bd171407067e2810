// SPDX-License-Identifier: Apache-2.0
// The last registration of each registration id.
#pragma once

#include "emulator/dps/attestation_mechanism.hpp"
#include "emulator/store/database.hpp"
#include "foundation/clock.hpp"
#include "foundation/secret.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace emulator::dps {

/// Why an operation ended without a device.
struct RegistrationFailure {
    int code = 0;  ///< errorCode, of six digits
    std::string message{};
};

struct Registration {
    std::string registration_id;
    std::string group_id{};  ///< of the group that vouched for it; empty for an individual enrollment
    std::string operation_id;
    device_agent::WallTime ready;             ///< before it, a poll is told to wait
    device_agent::SecretBytes signing_key{};  ///< TPM: what polls are signed with
    device_agent::Bytes endorsement_key{};    ///< TPM: name of the key that was attested
    std::string authentication_key{};         ///< TPM: base64, the blob with the device's hub key
    std::string hub{};                        ///< empty as long as the device was never assigned
    std::string device_id{};                  ///< likewise
    std::string substatus{};
    std::optional<RegistrationFailure> failure{};
    nlohmann::json evidence = nlohmann::json::object();  ///< the members x509 or symmetricKey
    nlohmann::json payload{};                            ///< of custom allocation; null when there is none
    std::string etag;
    device_agent::WallTime created;
    device_agent::WallTime updated;
};

/// Registration ids are compared without regard to case.
[[nodiscard]] std::optional<Registration> find_registration(store::Transaction& transaction,
                                                            const std::string& id);

/// Those that a group vouched for, ordered by id, behind `after`, at most `most`.
[[nodiscard]] std::vector<Registration> list_registrations(store::Transaction& transaction,
                                                           const std::string& group_id,
                                                           const std::string& after, std::int64_t most);

/// In place of an earlier one of the same id.
void save_registration(store::Transaction& transaction, const Registration& registration);

/// The device in the hub stays. False when there was none.
bool erase_registration(store::Transaction& transaction, const std::string& id);
/// All that were made by an enrollment.
void erase_registrations_of(store::Transaction& transaction, EnrollmentKind kind, const std::string& id);

/// DeviceRegistrationResult of an operation that is over, without what only the device itself is told.
[[nodiscard]] nlohmann::json to_json(const Registration& registration);

}  // namespace emulator::dps
