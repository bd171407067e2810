// SPDX-License-Identifier: Apache-2.0
#include "config/text_rules.hpp"

namespace device_agent::config::text_rules {
namespace {

// Host names are labels of letters and digits with inner hyphens, joined by dots (RFC 1123, section 2.1);
// IPv6 addresses stand in brackets (RFC 3986, section 3.2.2). A port is 1 to 65535.
const std::string label = "[A-Za-z0-9]+(-+[A-Za-z0-9]+)*";
const std::string host = "(" + label + "([.]" + label + ")*|\\[[0-9A-Fa-f:.]+\\])";
const std::string port =
    "(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?";

// The parts of a registration id: a character that may begin or end it, any character, a placeholder.
const std::string edge = "[A-Za-z0-9]";
const std::string inner = "[A-Za-z0-9:._-]";
const std::string placeholder =
    R"(\$\{(dmi:product_serial|dt:serial-number|mac:[A-Za-z0-9_.-]{1,15}|machine-id)\})";
const std::string plain_id = edge + "(" + inner + "{0,126}" + edge + ")?";
const std::string id_with_placeholders = "(" + edge + inner + "*)?" + placeholder + "((" + inner + "|" +
                                         placeholder + ")*(" + edge + "|" + placeholder + "))?";

bool has_scheme(std::string_view text) {
    return text.find("://") != std::string_view::npos;
}

std::string_view module_id_hint(std::string_view text) {
    if (text == "$device") return "$device stands for the device itself: choose another name for the module.";
    if (text.find('/') != std::string_view::npos) return "Leave out the slash: it parts device and module.";
    return "";
}

std::string_view endpoint_hint(std::string_view text) {
    return has_scheme(text) ? "Leave out the scheme: write only the host, and :port if it is not 443." : "";
}

std::string_view registration_id_hint(std::string_view text) {
    return text.find("${") == std::string_view::npos ? ""
                                                     : "The placeholders are ${dmi:product_serial}, "
                                                       "${dt:serial-number}, ${mac:IFACE} and ${machine-id}.";
}

std::string_view proxy_hint(std::string_view text) {
    if (text.find('@') != std::string_view::npos)
        return "Put user and password into the proxyCredentialsFile.";
    return has_scheme(text) ? "" : "Begin with http:// (or https://, when the proxy itself speaks TLS).";
}

std::string_view account_hint(std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos
               ? "Write the name: numbers differ from image to image."
               : "";
}

std::string_view unit_hint(std::string_view text) {
    return text.find('.') == std::string_view::npos ? "Write the whole name, such as appb.service." : "";
}

}  // namespace

const TextRule module_id{
    .name = "module id",
    .pattern = "[A-Za-z0-9.+%_#*?!(),=@$'-]+",
    .longest = 128,
    .allowed = "1 to 128 letters, digits and - . + % _ # * ? ! ( ) , = @ $ ', not $device",
    .reserved = "$device",
    .hint = module_id_hint,
};

const TextRule application{
    .name = "module id or $device",
    .pattern = module_id.pattern,
    .longest = 128,
    .allowed = "a module id of this configuration, or $device",
};

const TextRule scope_id{
    .name = "ID scope",
    .pattern = "[A-Za-z0-9_.-]+",
    .longest = 128,
    .allowed = "1 to 128 letters, digits and _ . -",
};

const TextRule registration_id{
    .name = "registration id",
    .pattern = plain_id + "|" + id_with_placeholders,
    .longest = 256,
    .allowed =
        "1 to 128 letters, digits and : . _ -, the first and last a letter or digit; or such a text with "
        "placeholders",
    .hint = registration_id_hint,
};

const TextRule endpoint{
    .name = "host[:port]",
    .pattern = host + port,
    .longest = 259,
    .allowed = "a host name or address, and :port if it is not 443",
    .hint = endpoint_hint,
};

const TextRule proxy{
    .name = "URL of a proxy",
    .pattern = "https?://" + host + port + "/?",
    .longest = 270,
    .allowed = "http://host:port",
    .may_hold_secret = true,
    .hint = proxy_hint,
};

const TextRule connection_string{
    .name = "connection string",
    .pattern = R"(([A-Za-z0-9]+=[^;\u0000-\u001f]+(;[A-Za-z0-9]+=[^;\u0000-\u001f]+)*)?)",
    .allowed = "HostName=…;DeviceId=…[;ModuleId=…];SharedAccessKey=… (or SharedAccessSignature=…)",
    .may_hold_secret = true,
};

const TextRule path{
    .name = "path",
    .pattern = R"([^\u0000-\u001f]+)",
    .allowed = "1 to 1024 characters, no control characters",
};

// sockaddr_un has 108 bytes, with the NUL at the end (unix(7)).
const TextRule socket_path{
    .name = "path of a socket",
    .pattern = R"([^\u0000-\u001f]+)",
    .longest = 107,
    .allowed = "1 to 107 bytes when it is absolute, no control characters",
};

const TextRule tcti{
    .name = "TCTI",
    .pattern = R"([^\u0000-\u001f]+)",
    .allowed = "NAME or NAME:SETTINGS, as tpm2-tss takes it",
};

// TCG Registry of Reserved TPM 2.0 Handles: 0x81000000 to 0x817FFFFF belong to the owner, NV indices begin
// with 0x01.
const TextRule key_handle{
    .name = "persistent handle",
    .pattern = "0x81[0-7][0-9A-Fa-f]{5}",
    .longest = 10,
    .allowed = "0x and 8 hexadecimal digits, from 0x81000000 to 0x817FFFFF",
};

const TextRule nv_index{
    .name = "NV index",
    .pattern = "0x01[0-9A-Fa-f]{6}",
    .longest = 10,
    .allowed = "0x and 8 hexadecimal digits, from 0x01000000 to 0x01FFFFFF",
};

const TextRule account{
    .name = "name of a user or group",
    .pattern = "[A-Za-z_][A-Za-z0-9_.@\\\\$-]*",
    .longest = 255,
    .allowed = "a name, not a number",
    .hint = account_hint,
};

// systemd.unit(5): letters, digits and : - _ . \ @. Callers are known by service or scope.
const TextRule unit{
    .name = "name of a systemd unit",
    .pattern = "[A-Za-z0-9:_.@\\\\-]+[.](service|scope)",
    .longest = 255,
    .allowed = "NAME.service or NAME.scope",
    .hint = unit_hint,
};

const TextRule handler{
    .name = "name of a handler",
    .pattern = "[A-Za-z0-9_.-]+",
    .longest = 128,
    .allowed = "1 to 128 letters, digits and _ . -",
};

}  // namespace device_agent::config::text_rules
