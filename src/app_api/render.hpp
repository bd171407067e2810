// SPDX-License-Identifier: Apache-2.0
// The answers in their forms; docs/openapi-v1.yaml describes the JSON.
#pragma once

#include "app_api/agent.hpp"
#include "app_api/message.hpp"
#include "cloud/sas_token.hpp"

#include <string>
#include <vector>

namespace device_agent::app_api {

/// An identity, and whose it is.
struct Owned {
    std::string application;
    ServedIdentity served;
};

[[nodiscard]] Reply render_identity(const Owned& owned, Format format);
[[nodiscard]] Reply render_identities(const std::vector<Owned>& owned, Format format);
[[nodiscard]] Reply render_token(const Owned& owned, const cloud::SasToken& token, Format format);
[[nodiscard]] Reply render_connection_string(const Owned& owned, const cloud::SasToken& token, Format format);
/// With X.509 there is no token: the files are those of the application's grant.
[[nodiscard]] Reply render_x509_connection_string(const Owned& owned, const config::Grant& grant,
                                                  Format format);

/// Whether a certificate proves the identity, and no key.
[[nodiscard]] bool is_x509(const ServedIdentity& served);

}  // namespace device_agent::app_api
