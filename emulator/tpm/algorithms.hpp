// SPDX-License-Identifier: Apache-2.0
// Numbers of the TPM 2.0 Library, part 2: TPM_ALG_ID (section 6.3) and TPMA_OBJECT (section 8.3).
#pragma once

#include <cstddef>
#include <cstdint>

namespace emulator::tpm {

namespace algorithm {
inline constexpr std::uint16_t rsa = 0x0001;
inline constexpr std::uint16_t hmac = 0x0005;
inline constexpr std::uint16_t aes = 0x0006;
inline constexpr std::uint16_t keyed_hash = 0x0008;
inline constexpr std::uint16_t sha256 = 0x000B;
inline constexpr std::uint16_t null = 0x0010;
inline constexpr std::uint16_t cfb = 0x0043;
}  // namespace algorithm

namespace attribute {
inline constexpr std::uint32_t fixed_tpm = 1U << 1U;
inline constexpr std::uint32_t fixed_parent = 1U << 4U;
inline constexpr std::uint32_t user_with_auth = 1U << 6U;
inline constexpr std::uint32_t no_da = 1U << 10U;
inline constexpr std::uint32_t restricted = 1U << 16U;
inline constexpr std::uint32_t decrypt = 1U << 17U;
inline constexpr std::uint32_t sign = 1U << 18U;
}  // namespace attribute

inline constexpr std::size_t sha256_size = 32;
inline constexpr std::size_t aes128_key_size = 16;

}  // namespace emulator::tpm
