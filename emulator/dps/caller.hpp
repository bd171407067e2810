// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "foundation/bytes.hpp"

#include <string>
#include <vector>

namespace emulator::dps {

/// A device that asks, by whatever protocol: who it says it is, and what it proves that with.
struct Caller {
    std::string id_scope;
    std::string registration_id;
    std::string api_version{};                        ///< as it was sent; empty when it was not
    std::string token{};                              ///< a SharedAccessSignature; empty when there is none
    std::vector<device_agent::Bytes> certificates{};  ///< of the TLS client, in DER, its own first
    bool may_be_challenged = true;                    ///< false over MQTT: a TPM cannot attest there
    bool takes_conditions = true;                     ///< false: answers are without Response::provided

    /// As the device's tokens name it: "{idScope}/registrations/{registrationId}".
    [[nodiscard]] std::string resource() const { return id_scope + "/registrations/" + registration_id; }
};

}  // namespace emulator::dps
