// SPDX-License-Identifier: Apache-2.0
// The random names that the services hand out.
#pragma once

#include <string>

namespace emulator {

/// A random UUID (RFC 9562, version 4): tracking ids, operation ids.
[[nodiscard]] std::string new_guid();

/// An opaque entity tag, without quotes; never equal to an earlier one but by chance (72 random bits).
[[nodiscard]] std::string new_etag();

/// The generation id of an identity: 18 decimal digits, as IoT Hub writes it. Another one each time the same
/// name is created anew.
[[nodiscard]] std::string new_generation_id();

/// A symmetric key as Azure makes it: base64 of 32 random bytes.
[[nodiscard]] std::string new_base64_key();

}  // namespace emulator
