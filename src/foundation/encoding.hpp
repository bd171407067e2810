// SPDX-License-Identifier: Apache-2.0
// The text encodings of the protocols: base64, base32 (RFC 4648), hexadecimal, percent-encoding (RFC 3986).
#pragma once

#include "foundation/bytes.hpp"
#include "foundation/secret.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace device_agent {

/// Standard alphabet, padded.
[[nodiscard]] std::string base64_encode(ByteView bytes);
/// The same for a key: no copy is left in ordinary memory.
[[nodiscard]] SecretText base64_encode_secret(ByteView bytes);

/// Strict: standard alphabet, right padding, no white space, unused bits zero; otherwise nothing.
[[nodiscard]] std::optional<Bytes> base64_decode(std::string_view text);
/// The same for a key: no copy is left in ordinary memory.
[[nodiscard]] std::optional<SecretBytes> base64_decode_secret(std::string_view text);

/// Lower-case alphabet a-z2-7, unpadded: the form of a TPM's registration id.
[[nodiscard]] std::string base32_encode(ByteView bytes);

/// Lower case.
[[nodiscard]] std::string hex_encode(ByteView bytes);
/// Either case; nothing when the text is not pairs of hexadecimal digits.
[[nodiscard]] std::optional<Bytes> hex_decode(std::string_view text);

/// Leaves RFC 3986's unreserved characters as they are, everything else becomes %XX in upper case.
[[nodiscard]] std::string percent_encode(std::string_view text);
/// Nothing when a percent sign is not followed by two hexadecimal digits. A plus sign stays a plus sign.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace device_agent
