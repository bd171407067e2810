// SPDX-License-Identifier: Apache-2.0
#include "attestation/dps_key_blob.hpp"
#include "foundation/error.hpp"

#include <cstdlib>

// A blob is taken apart into fields of the right lengths, or refused as Error{tpm}; nothing else leaves the
// parser.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace device_agent;
    try {
        const tpm::CredentialedKey key = attestation::parse_dps_key_blob({data, size});
        const std::size_t fields = 2 + key.credential_blob.size() + 2 + key.secret.size() + 2 +
                                   key.duplicate.size() + 2 + key.in_sym_seed.size() + key.public_area.size();
        if (key.credential_blob.size() != 52 || key.secret.size() != 256 || key.in_sym_seed.size() != 256 ||
            key.public_area.size() != 50 || fields + 2 > size) {
            std::abort();
        }
    } catch (const Error& error) {
        if (error.code() != ErrorCode::tpm) std::abort();
    }
    return 0;
}
