// SPDX-License-Identifier: Apache-2.0
#include "tpm/structures.hpp"

#include <tss2/tss2_mu.h>

#include <array>
#include <cstdio>

namespace device_agent::tpm {
namespace {

template <typename Structure>
Bytes marshal_by(TSS2_RC (*function)(const Structure*, uint8_t[], size_t, size_t*),
                 const Structure& structure) {
    Bytes bytes(sizeof(Structure));
    std::size_t length = 0;
    if (function(&structure, bytes.data(), bytes.size(), &length) != TSS2_RC_SUCCESS) {
        throw Error(ErrorCode::internal, "a TPM structure cannot be marshalled");
    }
    bytes.resize(length);
    return bytes;
}

template <typename Structure>
void unmarshal_all(TSS2_RC (*function)(const uint8_t[], size_t, size_t*, Structure*), ByteView bytes,
                   Structure& structure, std::string_view what) {
    std::size_t length = 0;
    if (function(bytes.data(), bytes.size(), &length, &structure) != TSS2_RC_SUCCESS ||
        length != bytes.size()) {
        throw Error(ErrorCode::tpm, std::string(what) + " is malformed");
    }
}

void require_size_of_all(ByteView bytes, std::string_view what) {
    const std::size_t size = bytes.size() < 2 ? 0 : static_cast<std::size_t>(bytes[0]) << 8U | bytes[1];
    if (bytes.size() < 2 || size != bytes.size() - 2) {
        throw Error(ErrorCode::tpm, std::string(what) + " is malformed: it says that it has " +
                                        std::to_string(size) + " bytes, but " + std::to_string(bytes.size()) +
                                        " are there");
    }
}

}  // namespace

Bytes marshal(const TPM2B_PUBLIC& structure) {
    return marshal_by(Tss2_MU_TPM2B_PUBLIC_Marshal, structure);
}

Bytes marshal(const TPM2B_PRIVATE& structure) {
    return marshal_by(Tss2_MU_TPM2B_PRIVATE_Marshal, structure);
}

TPM2B_PUBLIC unmarshal_public(ByteView bytes, std::string_view what) {
    require_size_of_all(bytes, what);
    TPM2B_PUBLIC structure{};
    unmarshal_all(Tss2_MU_TPM2B_PUBLIC_Unmarshal, bytes, structure, what);
    return structure;
}

TPM2B_PRIVATE unmarshal_private(ByteView bytes, std::string_view what) {
    require_size_of_all(bytes, what);
    TPM2B_PRIVATE structure{};
    unmarshal_all(Tss2_MU_TPM2B_PRIVATE_Unmarshal, bytes, structure, what);
    return structure;
}

TPM2B_PUBLIC unmarshal_template(ByteView bytes, std::string_view what) {
    TPM2B_PUBLIC structure{};
    unmarshal_all(Tss2_MU_TPMT_PUBLIC_Unmarshal, bytes, structure.publicArea, what);
    return structure;
}

std::string to_text(TPM2_HANDLE handle) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "0x%08x", handle);
    return text.data();
}

}  // namespace device_agent::tpm
