// SPDX-License-Identifier: Apache-2.0
// What the texts of the configuration must look like.
#pragma once

#include "config/shape.hpp"

namespace device_agent::config::text_rules {

extern const TextRule module_id;        ///< IoT Hub's rule for identities
extern const TextRule application;      ///< a module id or $device
extern const TextRule scope_id;         ///< DPS ID scope
extern const TextRule registration_id;  ///< DPS's rule, or a text with placeholders
extern const TextRule endpoint;         ///< host[:port]
extern const TextRule proxy;            ///< URL of an HTTP proxy
extern const TextRule connection_string;
extern const TextRule path;
extern const TextRule socket_path;
extern const TextRule tcti;
extern const TextRule key_handle;  ///< in the owner's range of persistent handles
extern const TextRule nv_index;
extern const TextRule account;  ///< a user or group
extern const TextRule unit;     ///< a systemd unit
extern const TextRule handler;

}  // namespace device_agent::config::text_rules
