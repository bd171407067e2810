// SPDX-License-Identifier: Apache-2.0
#include "identity/slot_store.hpp"

namespace device_agent::identity {

Error certificate_identity_error(unsigned slot) {
    return {ErrorCode::certificate_identity,
            "the identity in slot " + std::to_string(slot) +
                " is proven by the device's X.509 certificate, so there is no token for it: connect with the "
                "certificate and its key (`device-agent slot connection-string " +
                std::to_string(slot) + "` gives the rest)"};
}

}  // namespace device_agent::identity
