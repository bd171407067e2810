// SPDX-License-Identifier: Apache-2.0
#include "emulator/tpm/storage_key.hpp"

#include "emulator/tpm/algorithms.hpp"
#include "emulator/tpm/marshal.hpp"
#include "emulator/tpm/object_name.hpp"

namespace emulator::tpm {
namespace {

void require(bool condition, const char* complaint) {
    if (!condition) throw FormatError(complaint);
}

void check_attributes(std::uint32_t attributes) {
    constexpr std::uint32_t needed =
        attribute::fixed_tpm | attribute::fixed_parent | attribute::restricted | attribute::decrypt;
    require((attributes & needed) == needed && (attributes & attribute::sign) == 0,
            "objectAttributes are not those of a restricted decryption key that is fixed to its TPM");
}

}  // namespace

StorageKey parse_storage_key(device_agent::ByteView tpm2b_public) {
    Unmarshaller outer(tpm2b_public);
    const auto area = outer.sized("TPM2B_PUBLIC");
    require(outer.at_end(), "there are bytes behind the TPM2B_PUBLIC");

    Unmarshaller in(area);
    require(in.number16("type") == algorithm::rsa, "type is not RSA");
    require(in.number16("nameAlg") == algorithm::sha256, "nameAlg is not SHA-256");
    check_attributes(in.number32("objectAttributes"));
    const auto policy = in.sized("authPolicy");
    require(policy.empty() || policy.size() == sha256_size, "authPolicy is not the size of a SHA-256 digest");
    require(in.number16("symmetric.algorithm") == algorithm::aes, "symmetric.algorithm is not AES");
    require(in.number16("symmetric.keyBits") == 128, "symmetric.keyBits are not 128");
    require(in.number16("symmetric.mode") == algorithm::cfb, "symmetric.mode is not CFB");
    require(in.number16("scheme") == algorithm::null, "scheme is not NULL");
    require(in.number16("keyBits") == 2048, "keyBits are not 2048");
    const auto exponent = in.number32("exponent");
    require(exponent == 0 || exponent == 65537, "exponent is not 65537");
    const auto modulus = in.sized("unique");
    require(modulus.size() == 256, "unique is not a modulus of 256 bytes");
    require((modulus.front() & 0x80U) != 0 && (modulus.back() & 1U) != 0,
            "unique is not an RSA-2048 modulus");
    require(in.at_end(), "there are bytes behind the unique field");

    return {object_name(area), device_agent::Bytes(modulus.begin(), modulus.end())};
}

}  // namespace emulator::tpm
