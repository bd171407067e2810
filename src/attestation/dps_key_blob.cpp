// SPDX-License-Identifier: Apache-2.0
#include "attestation/dps_key_blob.hpp"

#include "foundation/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace device_agent::attestation {
namespace {

constexpr std::size_t sha256_size = 32;

// Field 1: the integrity HMAC with its size, then a 16-byte key with its size, encrypted.
constexpr std::size_t credential_size = 2 + sha256_size + 2 + 16;
// Fields 2 and 4: RSA-OAEP under an RSA-2048 key.
constexpr std::size_t rsa_2048_size = 256;
// Field 5: KEYEDHASH with an HMAC-SHA256 scheme and no policy.
constexpr std::size_t public_area_size = 2 + 2 + 4 + 2 + 2 + 2 + 2 + sha256_size;
// Field 3: outer and inner integrity, each with its size, around a TPM2B_SENSITIVE, which holds the type, an
// auth value of up to 32 bytes, a seed of 32 and a key of 1 to 64 bytes, each with its size.
constexpr std::size_t duplicate_without_auth_and_key =
    2 * (2 + sha256_size) + 2 + 2 + 2 + 2 + sha256_size + 2;
constexpr std::size_t shortest_duplicate = duplicate_without_auth_and_key + 1;
constexpr std::size_t longest_duplicate = duplicate_without_auth_and_key + 32 + 64;

constexpr std::string_view field_1 = "field 1 (TPM2B_ID_OBJECT of the credential)";
constexpr std::string_view field_2 = "field 2 (TPM2B_ENCRYPTED_SECRET of the credential)";
constexpr std::string_view field_3 = "field 3 (TPM2B_PRIVATE of the duplicate)";
constexpr std::string_view field_4 = "field 4 (TPM2B_ENCRYPTED_SECRET of the duplicate)";
constexpr std::string_view field_5 = "field 5 (TPM2B_PUBLIC of the key)";
constexpr std::string_view field_6 = "field 6 (TPM2B of the identity text)";

[[noreturn]] void malformed(std::string_view field, const std::string& what) {
    throw Error(ErrorCode::tpm, "the key from DPS is malformed: " + std::string(field) + what);
}

/// Reads bytes and big-endian numbers, and names the field that ends too early.
class Reader {
public:
    explicit Reader(ByteView bytes) : bytes_(bytes) {}

    [[nodiscard]] std::size_t remaining() const noexcept { return bytes_.size(); }
    [[nodiscard]] ByteView take(std::size_t count, std::string_view field) {
        if (count > bytes_.size()) {
            malformed(field, " ends too early: " + std::to_string(bytes_.size()) + " bytes are left of the " +
                                 std::to_string(count) + " that must follow");
        }
        const ByteView taken = bytes_.first(count);
        bytes_ = bytes_.subspan(count);
        return taken;
    }
    [[nodiscard]] std::uint32_t number(std::size_t width, std::string_view field) {
        std::uint32_t value = 0;
        for (const std::uint8_t byte : take(width, field))
            value = value << 8U | byte;
        return value;
    }
    void expect_number(std::uint16_t wanted, std::string_view what, std::string_view field) {
        const std::uint32_t found = number(2, field);
        if (found != wanted) {
            malformed(field, ": its " + std::string(what) + " is " + std::to_string(found) + ", must be " +
                                 std::to_string(wanted));
        }
    }

private:
    ByteView bytes_;
};

/// The content of a TPM2B. `suspicion` is for a field whose own length is wrong when the one before it is.
ByteView take_sized(Reader& blob, std::string_view field, std::size_t shortest, std::size_t longest,
                    const std::string& suspicion = {}) {
    const std::size_t length = blob.number(2, field);
    if (length < shortest || length > longest) {
        const std::string wanted = shortest == longest
                                       ? std::to_string(shortest)
                                       : std::to_string(shortest) + " to " + std::to_string(longest);
        malformed(field, " has length " + std::to_string(length) + ", must be " + wanted + suspicion);
    }
    return blob.take(length, field);
}

void check_integrity_size(ByteView content, std::string_view field) {
    Reader(content).expect_number(sha256_size, "length of the integrity HMAC", field);
}

/// TPMT_PUBLIC of a key that can be imported and makes HMAC-SHA256 (TPM 2.0 Library Part 2, 12.2.4).
void check_public_area(ByteView content) {
    constexpr std::uint16_t keyed_hash = 0x0008;
    constexpr std::uint16_t sha256_algorithm = 0x000B;
    constexpr std::uint16_t hmac_scheme = 0x0005;
    constexpr std::uint32_t fixed_tpm = 1U << 1U;
    constexpr std::uint32_t fixed_parent = 1U << 4U;

    Reader area(content);
    area.expect_number(keyed_hash, "type", field_5);
    area.expect_number(sha256_algorithm, "name algorithm", field_5);
    if ((area.number(4, field_5) & (fixed_tpm | fixed_parent)) != 0) {
        malformed(field_5, ": its attributes say fixedTPM or fixedParent, so no TPM can import it");
    }
    area.expect_number(0, "length of the policy", field_5);
    area.expect_number(hmac_scheme, "scheme", field_5);
    area.expect_number(sha256_algorithm, "hash algorithm of the scheme", field_5);
    area.expect_number(sha256_size, "length of the unique field", field_5);
}

Bytes copy(ByteView bytes) {
    return {bytes.begin(), bytes.end()};
}

}  // namespace

tpm::CredentialedKey parse_dps_key_blob(ByteView bytes) {
    Reader blob(bytes);
    tpm::CredentialedKey key;

    key.credential_blob = copy(take_sized(blob, field_1, credential_size, credential_size));
    check_integrity_size(key.credential_blob, field_1);

    key.secret = copy(take_sized(blob, field_2, rsa_2048_size, rsa_2048_size));

    key.duplicate = copy(take_sized(blob, field_3, shortest_duplicate, longest_duplicate));
    check_integrity_size(key.duplicate, field_3);

    key.in_sym_seed = copy(take_sized(blob, field_4, rsa_2048_size, rsa_2048_size,
                                      ", or the length of " + std::string(field_3) + " before it is wrong"));

    const ByteView field_5_onwards = bytes.last(blob.remaining());
    const ByteView public_area = take_sized(blob, field_5, public_area_size, public_area_size);
    check_public_area(public_area);
    key.public_area = copy(field_5_onwards.first(2 + public_area.size()));

    const std::size_t text_size = blob.number(2, field_6);
    if (text_size != blob.remaining()) {
        malformed(field_6, " has length " + std::to_string(text_size) + ", but " +
                               std::to_string(blob.remaining()) + " bytes follow");
    }
    return key;
}

}  // namespace device_agent::attestation
