// SPDX-License-Identifier: Apache-2.0
// SHA-256 and HMAC-SHA256 in memory (OpenSSL underneath). Keys in a TPM are used by src/tpm instead.
#pragma once

#include "foundation/bytes.hpp"

#include <array>

namespace device_agent {

using Sha256 = std::array<std::uint8_t, 32>;

[[nodiscard]] Sha256 sha256(ByteView data);
/// `key` of any length (RFC 2104).
[[nodiscard]] Sha256 hmac_sha256(ByteView key, ByteView data);
/// `count` bytes of OpenSSL's random generator, seeded by the kernel.
[[nodiscard]] Bytes random_bytes(std::size_t count);
/// Takes the same time wherever the first difference is.
[[nodiscard]] bool equal_in_constant_time(ByteView a, ByteView b) noexcept;

}  // namespace device_agent
