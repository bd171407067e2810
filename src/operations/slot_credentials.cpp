// SPDX-License-Identifier: Apache-2.0
// Tokens and connection strings of a slot, for scripts and for a look.
#include "foundation/error.hpp"
#include "identity/credentials.hpp"
#include "operations/documents.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace device_agent::operations {
namespace {

std::chrono::seconds life_of(const Device& device, std::optional<std::chrono::seconds> expiry) {
    const auto life = expiry.value_or(device.token_life());
    const auto most = device.configuration().max_token_lifetime;
    if (life > most) {
        throw Error(ErrorCode::usage, "--expiry " + std::to_string(life.count()) +
                                          " is more than maxTokenLifetime (" + std::to_string(most.count()) +
                                          " s) of the configuration");
    }
    return life;
}

nlohmann::json document(const char* name, const SecretText& text, nlohmann::json expires,
                        const identity::Slot& slot) {
    return {{name, text.view()}, {"expires", std::move(expires)}, {"identity", slot.identity->text()}};
}

}  // namespace

nlohmann::json slot_token(const Device& device, unsigned slot, std::optional<std::chrono::seconds> expiry) {
    const auto found = device.store().look(std::array{slot}).front();
    const auto life = life_of(device, expiry);
    const auto token = identity::mint_token(device.store(), found, device.machine().time().now() + life);
    return document("token", token.text, format_utc(token.expires), found);
}

nlohmann::json slot_connection_string(const Device& device, unsigned slot,
                                      std::optional<std::chrono::seconds> expiry) {
    const auto found = device.store().look(std::array{slot}).front();
    const auto life = life_of(device, expiry);
    // It holds no secret and does not expire: the certificate and its key are brought along by whoever
    // connects.
    if (found.place == identity::KeyPlace::certificate && found.identity) {
        return document("connectionString", identity::make_x509_connection_string(*found.identity), nullptr,
                        found);
    }
    const auto token = identity::mint_token(device.store(), found, device.machine().time().now() + life);
    return document("connectionString", identity::make_connection_string(*found.identity, token),
                    format_utc(token.expires), found);
}

}  // namespace device_agent::operations
