// SPDX-License-Identifier: Apache-2.0
#include "config/bind.hpp"

#include "config/handle.hpp"

#include <utility>

namespace device_agent::config {
namespace {

// Reads an object of the document; the checks have made sure that what has a default is there.
class Reader {
public:
    explicit Reader(const Node& object) : object_(object) {}

    [[nodiscard]] Reader object(std::string_view name) const { return Reader(at(name)); }
    [[nodiscard]] const std::vector<Member>& members(std::string_view name) const { return at(name).members; }

    [[nodiscard]] bool flag(std::string_view name) const { return at(name).boolean; }
    template <typename Number>
    [[nodiscard]] Number number(std::string_view name) const {
        return static_cast<Number>(at(name).integer.value());
    }
    [[nodiscard]] std::chrono::seconds seconds(std::string_view name) const {
        return std::chrono::seconds(at(name).integer.value());
    }
    [[nodiscard]] const std::string& text(std::string_view name) const { return at(name).text; }
    /// Empty when the key is absent, for those without a default.
    [[nodiscard]] std::string optional_text(std::string_view name) const {
        const Node* node = object_.find(name);
        return node == nullptr ? std::string() : node->text;
    }
    [[nodiscard]] std::vector<std::string> texts(std::string_view name) const {
        std::vector<std::string> list;
        for (const auto& element : at(name).elements)
            list.push_back(element.text);
        return list;
    }

private:
    [[nodiscard]] const Node& at(std::string_view name) const {
        const Node* node = object_.find(name);
        if (node == nullptr) throw Error(ErrorCode::internal, "no configuration key " + std::string(name));
        return *node;
    }

    const Node& object_;
};

AttestationSettings bind_attestation(const Reader& from) {
    AttestationSettings settings;
    if (from.text("type") == "x509") {
        settings.type = AttestationType::x509;
        settings.certificate = from.text("certificate");
        settings.private_key = from.text("privateKey");
    } else if (from.text("type") == "symmetricKey") {
        settings.type = AttestationType::symmetric_key;
        settings.key_file = from.text("keyFile");
        settings.group = from.flag("group");
    }
    return settings;
}

SecretText take(Passwords& passwords, std::string_view key) {
    const auto found = passwords.find(key);
    return found == passwords.end() ? SecretText() : std::move(found->second);
}

TpmSettings bind_tpm(const Reader& from, Passwords& passwords) {
    TpmSettings settings;
    settings.tcti = from.text("tcti");
    settings.owner_auth = take(passwords, "tpm.ownerAuthFile");
    settings.endorsement_auth = take(passwords, "tpm.endorsementAuthFile");
    settings.key_handle_base = parse_handle(from.text("keyHandleBase"));
    settings.nv_index_base = parse_handle(from.text("nvIndexBase"));
    settings.persistent_slots = from.number<unsigned>("persistentSlots");
    settings.slot_auth = from.text("slotAuth") == "agent" ? SlotAuth::agent : SlotAuth::none;
    return settings;
}

Grant bind_grant(const Node& entry) {
    const Reader from(entry);
    Grant grant{.users = from.texts("users"), .groups = from.texts("groups"), .units = {}};
    if (entry.find("units") != nullptr) grant.units = from.texts("units");
    grant.certificate = from.optional_text("certificate");
    grant.private_key = from.optional_text("privateKey");
    return grant;
}

void bind_provisioning(const Reader& from, Configuration& to) {
    to.dps_enabled = from.flag("dpsEnabled");
    to.dps_uri = from.text("dpsUri");
    to.dps_scope_id = from.optional_text("dpsScopeId");
    to.registration_id = from.optional_text("registrationId");
    to.attestation = bind_attestation(from.object("attestation"));
    to.connection_string = SecretText(from.text("connectionString"));
}

void bind_identities(const Reader& from, Passwords& passwords, Configuration& to) {
    to.device_slot = from.number<unsigned>("deviceSlotNumber");
    to.agent_slot = from.number<unsigned>("dmModuleSlotNumber");
    to.agent_module_id = from.text("dmModuleId");
    for (const auto& [id, place, slot] : from.members("otherModuleIds")) {
        to.other_modules.push_back({id, static_cast<unsigned>(slot.integer.value()), false});
    }
    to.identity_store = from.text("identityStore") == "file" ? IdentityStore::file : IdentityStore::tpm;
    to.tpm = bind_tpm(from.object("tpm"), passwords);
    to.state_directory = from.text("stateDirectory");
}

void bind_tokens_and_network(const Reader& from, Configuration& to) {
    to.sas_expiry_interval = from.seconds("sasExpiryInterval");
    to.sas_renewal_grace_period = from.seconds("sasRenewalGracePeriod");
    to.connection_string_expiry = from.seconds("connectionStringExpiry");
    to.max_token_lifetime = from.seconds("maxTokenLifetime");
    to.trusted_ca_file = from.optional_text("trustedCaFile");
    to.proxy = from.optional_text("proxy");
    to.proxy_credentials_file = from.optional_text("proxyCredentialsFile");
    to.hub_transport =
        from.text("hubTransport") == "mqttWebSocket" ? HubTransport::mqtt_web_socket : HubTransport::mqtt;
    to.https_port = from.object("ports").number<std::uint16_t>("https");
    to.mqtt_port = from.object("ports").number<std::uint16_t>("mqtt");
}

void bind_applications(const Reader& from, Configuration& to) {
    to.socket = from.text("socket");
    for (const auto& [id, place, entry] : from.members("applications"))
        to.applications.emplace(id, bind_grant(entry));
    for (const auto& [name, place, settings] : from.members("handlers"))
        to.handlers.emplace(name, to_json(settings));
    const auto log_folder = from.optional_text("textLogFilesPath");
    if (!log_folder.empty()) to.text_log_files_path = (to.state_directory / log_folder).lexically_normal();
    to.plugin_manifests_path = from.optional_text("pluginManifestsPath");
    to.plugins_data_path = from.optional_text("pluginsDataPath");
}

}  // namespace

Configuration bind(const Node& root, Passwords passwords) {
    const Reader from(root);
    Configuration to;
    bind_provisioning(from, to);
    if (const Node* payload = root.find("payload")) to.payload = to_json(*payload);
    bind_identities(from, passwords, to);
    bind_tokens_and_network(from, to);
    bind_applications(from, to);
    to.administrators = bind_grant(*root.find("administrators"));
    return to;
}

}  // namespace device_agent::config
