// SPDX-License-Identifier: Apache-2.0
#include "emulator/tpm/object_name.hpp"

#include "emulator/tpm/algorithms.hpp"
#include "emulator/tpm/marshal.hpp"
#include "foundation/digest.hpp"
#include "foundation/encoding.hpp"

namespace emulator::tpm {

device_agent::Bytes object_name(device_agent::ByteView tpmt_public) {
    return Marshaller<device_agent::Bytes>()
        .number16(algorithm::sha256)
        .raw(device_agent::sha256(tpmt_public))
        .take();
}

std::string derived_registration_id(device_agent::ByteView endorsement_key) {
    return device_agent::base32_encode(device_agent::sha256(endorsement_key));
}

}  // namespace emulator::tpm
