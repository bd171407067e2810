// SPDX-License-Identifier: Apache-2.0
#include "config/specification.hpp"

#include "config/text_rules.hpp"

#include <utility>

namespace device_agent::config {
namespace {

constexpr std::int64_t a_year = 31'536'000;

Shape slot() {
    return integer(0, last_slot);
}

Shape seconds(std::int64_t least) {
    return integer(least, a_year, "seconds");
}

Condition attestation_is(std::string_view type, std::string_view words) {
    return {{{"attestation.type", type}}, words};
}

Shape attestation() {
    const auto x509 = attestation_is("\"x509\"", "with attestation type \"x509\"");
    const auto symmetric_key = attestation_is("\"symmetricKey\"", "with attestation type \"symmetricKey\"");
    return object({
        {.name = "type",
         .shape = choice({"tpm", "x509", "symmetricKey"}),
         .default_json = R"("tpm")",
         .example_json = R"("tpm")",
         .description =
             "How DPS learns which machine this is: by the TPM's endorsement key, by an X.509 certificate, "
             "or by a symmetric key.",
         .in_sample = true},
        {.name = "certificate",
         .shape = text(text_rules::path, FileUse::input),
         .example_json = R"("device.pem")",
         .description = "PEM file with the device's certificate, then the certificates that lead to its CA.",
         .only_when = x509,
         .required_when = x509},
        {.name = "privateKey",
         .shape = text(text_rules::path, FileUse::secret),
         .example_json = R"("device-key.pem")",
         .description =
             "File with the certificate's private key: PEM, or a TSS2 key that only this TPM can use.",
         .only_when = x509,
         .required_when = x509},
        {.name = "keyFile",
         .shape = text(text_rules::path, FileUse::secret),
         .example_json = R"("device.key")",
         .description = "File with the enrollment's symmetric key in base64.",
         .only_when = symmetric_key,
         .required_when = symmetric_key},
        {.name = "group",
         .shape = boolean(),
         .default_json = "false",
         .example_json = "false",
         .description =
             "Whether keyFile holds the key of an enrollment group, from which the device's own key is "
             "derived. A warning says that then the key of all devices lies on this one.",
         .only_when = symmetric_key},
    });
}

Shape tpm() {
    return object({
        {.name = "tcti",
         .shape = text(text_rules::tcti),
         .default_json = R"("device:/dev/tpmrm0")",
         .example_json = R"("device:/dev/tpmrm0")",
         .description = "How to reach the TPM: a TCTI of tpm2-tss, such as device:/dev/tpmrm0 or "
                        "swtpm:path=/run/swtpm.sock.",
         .in_sample = true},
        {.name = "ownerAuthFile",
         .shape = text(text_rules::path, FileUse::password),
         .example_json = R"("owner.auth")",
         .description =
             "File with the password of the TPM's owner hierarchy, where it has one. One newline at the "
             "end does not count."},
        {.name = "endorsementAuthFile",
         .shape = text(text_rules::path, FileUse::password),
         .example_json = R"("endorsement.auth")",
         .description =
             "File with the password of the TPM's endorsement hierarchy, where it has one. One newline at "
             "the end does not count."},
        {.name = "keyHandleBase",
         .shape = text(text_rules::key_handle),
         .default_json = R"("0x81000100")",
         .example_json = R"("0x81000100")",
         .description = "Persistent handle of slot 0's key; the key of slot n lies n handles further."},
        {.name = "nvIndexBase",
         .shape = text(text_rules::nv_index),
         .default_json = R"("0x01400100")",
         .example_json = R"("0x01400100")",
         .description = "NV index of slot 0's identity; that of slot n lies n indices further."},
        {.name = "persistentSlots",
         .shape = integer(0, most_persistent_slots),
         .default_json = "10",
         .example_json = "10",
         .description =
             "How many slots, from slot 0, lie in the TPM itself. The keys of the others are kept in the "
             "state directory, wrapped by the TPM and useless without it."},
        {.name = "slotAuth",
         .shape = choice({"none", "agent"}),
         .default_json = R"("none")",
         .example_json = R"("none")",
         .description =
             "What the use of a slot's key takes: nothing (as the old agent left it), or an auth value "
             "that only the agent knows."},
    });
}

std::vector<Key> lists_of_callers() {
    return {
        {.name = "users",
         .shape = list_of(text_rules::account),
         .default_json = "[]",
         .example_json = R"(["appb"])",
         .description = "Users by name: the caller must be one of them."},
        {.name = "groups",
         .shape = list_of(text_rules::account),
         .default_json = "[]",
         .example_json = "[]",
         .description = "Groups by name: the caller must be in one of them."},
    };
}

Shape application() {
    auto lists = lists_of_callers();
    lists.push_back({.name = "units",
                     .shape = list_of(text_rules::unit),
                     .default_json = "[]",
                     .example_json = R"(["appb.service"])",
                     .description = "systemd units by name: the caller must run in one of them."});
    lists.push_back({.name = "certificate",
                     .shape = text(text_rules::path, FileUse::path),
                     .example_json = R"("/etc/appa/device.pem")",
                     .description =
                         "Only for $device, with attestation type \"x509\": PEM file with the device's "
                         "certificate, for the application to connect with."});
    lists.push_back({.name = "privateKey",
                     .shape = text(text_rules::path, FileUse::secret_of_another),
                     .example_json = R"("/etc/appa/device-key.pem")",
                     .description =
                         "Only for $device, with attestation type \"x509\": file with the certificate's "
                         "private key, which the application alone may read."});
    return object(std::move(lists));
}

Shape ports() {
    return object({
        {.name = "https",
         .shape = integer(1, 65535),
         .default_json = "443",
         .example_json = "443",
         .description = "Port of IoT Hub's HTTPS endpoint."},
        {.name = "mqtt",
         .shape = integer(1, 65535),
         .default_json = "8883",
         .example_json = "8883",
         .description = "Port of IoT Hub's MQTT endpoint."},
    });
}

std::vector<Key> provisioning_keys() {
    return {
        {.name = "dpsEnabled",
         .shape = boolean(),
         .default_json = "true",
         .example_json = "true",
         .description =
             "Whether the agent provisions the device with DPS and makes its modules. If false, it waits "
             "until someone else has filled the slots."},
        {.name = "dpsUri",
         .shape = text(text_rules::endpoint),
         .default_json = R"("global.azure-devices-provisioning.net")",
         .example_json = R"("global.azure-devices-provisioning.net")",
         .description = "Endpoint of DPS, without a scheme; the port is 443 if none is named."},
        {.name = "dpsScopeId",
         .shape = text(text_rules::scope_id),
         .example_json = R"("0ne00000000")",
         .description = "ID scope of the DPS instance.",
         .required_when = Condition{{{"dpsEnabled", "true"}, {"connectionString", R"("")"}},
                                    "when dpsEnabled is true and connectionString is empty"},
         .in_sample = true},
        {.name = "attestation",
         .shape = attestation(),
         .default_json = "{}",
         .example_json = R"({"type": "tpm"})",
         .description = "The proof of identity that is given to DPS.",
         .in_sample = true},
        {.name = "registrationId",
         .shape = text(text_rules::registration_id),
         .example_json = R"("line7-${dmi:product_serial}")",
         .description =
             "The device's name at DPS. The placeholders ${dmi:product_serial}, ${dt:serial-number}, "
             "${mac:IFACE} and ${machine-id} let one image serve all devices. If absent, it is derived "
             "from the endorsement key or from the certificate.",
         .required_when = attestation_is("\"symmetricKey\"", "with attestation type \"symmetricKey\"")},
        {.name = "payload",
         .shape = any(),
         .example_json = R"({"model": "press-4"})",
         .description = "Handed to DPS, for a custom allocation policy. Any JSON value."},
        {.name = "connectionString",
         .shape = text(text_rules::connection_string),
         .default_json = R"("")",
         .example_json = R"("")",
         .description =
             "For development only: the agent connects with it, and leaves DPS and the slots alone. The "
             "file that holds it must not be readable by others.",
         .is_secret = true},
    };
}

std::vector<Key> identity_keys() {
    return {
        {.name = "deviceSlotNumber",
         .shape = slot(),
         .default_json = "0",
         .example_json = "0",
         .description = "Slot of the device identity.",
         .in_sample = true},
        {.name = "dmModuleSlotNumber",
         .shape = slot(),
         .default_json = "1",
         .example_json = "1",
         .description =
             "Slot of the agent's own module. If it equals deviceSlotNumber, the agent uses the device "
             "twin and has no module.",
         .in_sample = true},
        {.name = "dmModuleId",
         .shape = text(text_rules::module_id),
         .default_json = R"("WindowsIoTDM")",
         .example_json = R"("dmModule")",
         .description = "The agent's own module.",
         .in_sample = true},
        {.name = "otherModuleIds",
         .shape = map_of(text_rules::module_id, slot()),
         .default_json = "{}",
         .example_json = R"({"AppB": 2})",
         .description = "The modules of the applications, each with its slot.",
         .in_sample = true},
        {.name = "identityStore",
         .shape = choice({"tpm", "file"}),
         .default_json = R"("tpm")",
         .example_json = R"("tpm")",
         .description =
             "Where identities are kept: in the TPM, or, on a board without one, in files of the state "
             "directory that only the agent may read."},
        {.name = "tpm",
         .shape = tpm(),
         .default_json = "{}",
         .example_json = R"({"tcti": "device:/dev/tpmrm0"})",
         .description = "The TPM and what the agent uses of it.",
         .in_sample = true},
        {.name = "stateDirectory",
         .shape = text(text_rules::path, FileUse::path),
         .default_json = R"("/var/lib/device-agent")",
         .example_json = R"("/var/lib/device-agent")",
         .description = "Folder of the agent's state."},
    };
}

std::vector<Key> token_keys() {
    return {
        {.name = "sasExpiryInterval",
         .shape = seconds(1),
         .default_json = "86400",
         .example_json = "86400",
         .description = "Life of the agent's own SAS token."},
        {.name = "sasRenewalGracePeriod",
         .shape = seconds(0),
         .default_json = "3600",
         .example_json = "3600",
         .description = "How long before its expiry the agent renews its own token."},
        {.name = "connectionStringExpiry",
         .shape = seconds(1),
         .default_json = "3600",
         .example_json = "3600",
         .description =
             "Life of the token in a connection string for an application that asks for no other."},
        {.name = "maxTokenLifetime",
         .shape = seconds(1),
         .default_json = "86400",
         .example_json = "86400",
         .description = "No token for an application lives longer."},
    };
}

std::vector<Key> network_keys() {
    return {
        {.name = "trustedCaFile",
         .shape = text(text_rules::path, FileUse::input),
         .example_json = R"("ca.pem")",
         .description = "PEM file with the CAs to trust, in place of the system's."},
        {.name = "proxy",
         .shape = text(text_rules::proxy),
         .example_json = R"("http://proxy.example:3128")",
         .description =
             "HTTP proxy for every connection. If absent, the environment's https_proxy and no_proxy "
             "decide."},
        {.name = "proxyCredentialsFile",
         .shape = text(text_rules::path, FileUse::secret),
         .example_json = R"("proxy.credentials")",
         .description = "File with user:password for the proxy."},
        {.name = "hubTransport",
         .shape = choice({"mqtt", "mqttWebSocket"}),
         .default_json = R"("mqtt")",
         .example_json = R"("mqtt")",
         .description = "How the agent keeps its link to IoT Hub."},
        {.name = "ports",
         .shape = ports(),
         .default_json = "{}",
         .example_json = R"({"https": 443, "mqtt": 8883})",
         .description = "Ports of IoT Hub, where they are not the usual ones."},
    };
}

std::vector<Key> application_keys() {
    return {
        {.name = "socket",
         .shape = text(text_rules::socket_path, FileUse::path),
         .default_json = R"("/run/device-agent/device-agent.sock")",
         .example_json = R"("/run/device-agent/device-agent.sock")",
         .description = "Unix socket at which applications ask for their identity."},
        {.name = "applications",
         .shape = map_of(text_rules::application, application()),
         .default_json = "{}",
         .example_json = R"({"AppB": {"users": ["appb"], "units": ["appb.service"]}})",
         .description =
             "Who may get which identity, by module id, or $device for the device's own. The lists of one "
             "entry are joined by AND, the names in one list by OR; without any name nobody may.",
         .in_sample = true},
        {.name = "administrators",
         .shape = object(lists_of_callers()),
         .default_json = R"({"users": ["root"]})",
         .example_json = R"({"users": ["root"]})",
         .description = "Who may ask the running agent about all slots, and have it provision."},
    };
}

std::vector<Key> keys_of_the_old_agent() {
    return {
        {.name = "handlers",
         .shape = map_of(text_rules::handler, any_object()),
         .default_json = "{}",
         .example_json = R"({"deviceInfo": {"reportOnConnect": true}})",
         .description =
             "Settings for the handlers of device management, by name. A name that is not installed is a "
             "warning."},
        {.name = "textLogFilesPath",
         .shape = text(text_rules::path),
         .example_json = R"("logs")",
         .description =
             "Folder of log files; a relative path lies in the state directory. If absent, the log goes "
             "to standard error alone."},
        {.name = "pluginManifestsPath",
         .shape = text(text_rules::path),
         .example_json = R"("manifests")",
         .description = "Accepted for old files; not used."},
        {.name = "pluginsDataPath",
         .shape = text(text_rules::path),
         .example_json = R"("DMData")",
         .description = "Accepted for old files; not used."},
        {.name = "azureInterfaceType",
         .shape = choice({"raw"}),
         .default_json = R"("raw")",
         .example_json = R"("raw")",
         .description = "Accepted for old files; raw is the only one."},
    };
}

}  // namespace

const Shape& specification() {
    static const Shape root = [] {
        std::vector<Key> keys;
        for (auto group : {provisioning_keys, identity_keys, token_keys, network_keys, application_keys,
                           keys_of_the_old_agent}) {
            for (auto& key : group())
                keys.push_back(std::move(key));
        }
        return object(std::move(keys));
    }();
    return root;
}

}  // namespace device_agent::config
