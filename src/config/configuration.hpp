// SPDX-License-Identifier: Apache-2.0
// The configuration as a value: every key with its type, every default filled in, every rule already checked.
// docs/configuration.md describes the keys; the names here are theirs in C++ spelling.
#pragma once

#include "config/problem.hpp"
#include "foundation/secret.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace device_agent::config {

/// A module identity that the configuration wants, and the slot that it belongs in.
struct Module {
    std::string id;
    unsigned slot = 0;
    bool is_agent = false;  ///< the agent's own module

    friend bool operator==(const Module&, const Module&) = default;
};

/// Who may get an identity. A caller must be in every list that is not empty; when all are empty, nobody may.
struct Grant {
    std::vector<std::string> users;
    std::vector<std::string> groups;
    std::vector<std::string> units;
    std::filesystem::path certificate = {};  ///< of $device with X.509: what the application connects with
    std::filesystem::path private_key = {};  ///< likewise

    friend bool operator==(const Grant&, const Grant&) = default;
};

enum class AttestationType { tpm, x509, symmetric_key };

struct AttestationSettings {
    AttestationType type = AttestationType::tpm;
    std::filesystem::path certificate;  ///< x509
    std::filesystem::path private_key;  ///< x509
    std::filesystem::path key_file;     ///< symmetric_key
    bool group = false;                 ///< symmetric_key: the file holds the enrollment group's key
};

/// What protects the use of a slot's key: nothing, or an auth value that the agent alone knows.
enum class SlotAuth { none, agent };

struct TpmSettings {
    std::string tcti;
    SecretText owner_auth;        ///< content of `ownerAuthFile`; empty when there is none
    SecretText endorsement_auth;  ///< content of `endorsementAuthFile`; empty when there is none
    std::uint32_t key_handle_base = 0;
    std::uint32_t nv_index_base = 0;
    unsigned persistent_slots = 0;
    SlotAuth slot_auth = SlotAuth::none;
};

enum class IdentityStore { tpm, file };
enum class HubTransport { mqtt, mqtt_web_socket };

/// Made by load(); not changed afterwards. Paths are absolute. An empty path or text means that the key is
/// absent.
struct Configuration {
    // Provisioning
    bool dps_enabled = false;
    std::string dps_uri;  ///< `host[:port]`
    std::string dps_scope_id;
    std::string registration_id;         ///< as written, placeholders not yet replaced; empty: derived
    std::optional<std::string> payload;  ///< JSON text for DPS's custom allocation
    AttestationSettings attestation;
    SecretText connection_string;  ///< development only; empty when there is none

    // Identities
    unsigned device_slot = 0;
    unsigned agent_slot = 0;
    std::string agent_module_id;
    std::vector<Module> other_modules;  ///< in the order of the file
    IdentityStore identity_store = IdentityStore::tpm;
    TpmSettings tpm;
    std::filesystem::path state_directory;

    // Tokens
    std::chrono::seconds sas_expiry_interval{};
    std::chrono::seconds sas_renewal_grace_period{};
    std::chrono::seconds connection_string_expiry{};
    std::chrono::seconds max_token_lifetime{};

    // Network
    std::filesystem::path trusted_ca_file;
    std::string proxy;
    std::filesystem::path proxy_credentials_file;
    HubTransport hub_transport = HubTransport::mqtt;
    std::uint16_t https_port = 0;
    std::uint16_t mqtt_port = 0;

    // Applications
    std::filesystem::path socket;
    std::map<std::string, Grant> applications;  ///< by module id, or "$device"
    Grant administrators;

    // Kept from the old agent
    std::map<std::string, std::string> handlers;  ///< by name, the settings as JSON text
    std::filesystem::path text_log_files_path;    ///< absolute; an empty path: no log files
    std::string plugin_manifests_path;
    std::string plugins_data_path;

    std::vector<Problem> warnings;  ///< what is allowed, but worth a look
    std::string effective;          ///< what show() prints: JSON, without secrets

    /// The agent has no module of its own: its slot is the device's. `agent_module_id` is not used then.
    [[nodiscard]] bool agent_uses_device_twin() const noexcept { return agent_slot == device_slot; }
    /// False when DPS is switched off, or when `connection_string` takes its place.
    [[nodiscard]] bool uses_dps() const noexcept { return dps_enabled && connection_string.empty(); }
    /// The agent's own module first (unless it uses the device twin), then the others.
    [[nodiscard]] std::vector<Module> modules() const;
};

}  // namespace device_agent::config
