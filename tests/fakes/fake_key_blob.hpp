// SPDX-License-Identifier: Apache-2.0
// A stand-in for the key that DPS wraps for a TPM: formed as the real one is, so that it passes the parser,
// with the key in clear inside.
#pragma once

#include "attestation/dps_key_blob.hpp"
#include "foundation/error.hpp"
#include "foundation/secret.hpp"

namespace device_agent::fakes {

/// `key` of 32 bytes as an `authenticationKey`.
[[nodiscard]] inline Bytes fake_key_blob(const SecretBytes& key) {
    Bytes blob;
    const auto number = [&](std::size_t value) {
        blob.push_back(static_cast<std::uint8_t>(value >> 8U));
        blob.push_back(static_cast<std::uint8_t>(value));
    };
    const auto field = [&](std::size_t size, std::initializer_list<std::size_t> begin) {
        number(size);
        const auto end = blob.size() + size;
        for (const auto value : begin)
            number(value);
        blob.resize(end);
    };
    field(52, {32});
    number(256);
    blob.insert(blob.end(), key.begin(), key.end());
    blob.resize(blob.size() + 256 - key.size(), 0xFA);
    field(111, {32});
    field(256, {});
    // TPMT_PUBLIC: KEYEDHASH, SHA-256, attributes, no policy, HMAC, SHA-256, size of unique.
    field(48, {0x0008, 0x000B, 0, 0x0040, 0, 0x0005, 0x000B, 32});
    field(0, {});
    return blob;
}

/// The key that fake_key_blob() put there. Throws Error{tpm} when the blob is another one.
[[nodiscard]] inline SecretBytes key_in(const tpm::CredentialedKey& blob) {
    if (blob.secret.size() != 256 || blob.secret.back() != 0xFA) {
        throw Error(ErrorCode::tpm, "the key was wrapped for another machine");
    }
    return {blob.secret.begin(), blob.secret.begin() + 32};
}

}  // namespace device_agent::fakes
