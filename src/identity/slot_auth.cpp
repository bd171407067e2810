// SPDX-License-Identifier: Apache-2.0
#include "identity/slot_auth.hpp"

#include "foundation/digest.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/encoding.hpp"
#include "foundation/error.hpp"

namespace device_agent::identity {
namespace {

constexpr std::size_t auth_bytes = 32;  // a TPM allows as many as the key's name algorithm has

}  // namespace

std::filesystem::path slot_auth_path(const std::filesystem::path& state_directory) {
    return state_directory / "slot-auth";
}

SecretBytes read_slot_auth(const std::filesystem::path& state_directory) {
    const auto text = read_file(slot_auth_path(state_directory));
    if (!text) return {};
    auto auth = base64_decode_secret(*text);
    if (!auth || auth->size() != auth_bytes) {
        throw Error(ErrorCode::state, slot_auth_path(state_directory).string() +
                                          " is damaged: it does not hold 32 bytes in base64");
    }
    return std::move(*auth);
}

SecretBytes ensure_slot_auth(const std::filesystem::path& state_directory) {
    auto auth = read_slot_auth(state_directory);
    if (!auth.empty()) return auth;
    const auto fresh = random_bytes(auth_bytes);
    auth.assign(fresh.begin(), fresh.end());
    write_durably(slot_auth_path(state_directory), base64_encode_secret(auth).view());
    return auth;
}

}  // namespace device_agent::identity
