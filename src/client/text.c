/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include "device_agent/client.h"

#include <string.h>

da_text da_line(da_text text) {
    if (text.size > 0 && text.data[text.size - 1] == '\n') --text.size;
    if (text.size > 0 && text.data[text.size - 1] == '\r') --text.size;
    return text;
}

/* Cuts off and returns what stands before the next `mark`, which is cut off as well; all of it when there is
 * none. */
static da_text cut(da_text* rest, char mark) {
    if (rest->size == 0) return *rest;
    const char* end = memchr(rest->data, mark, rest->size);
    const da_text piece = {rest->data, end == NULL ? rest->size : (size_t)(end - rest->data)};
    const size_t used = end == NULL ? rest->size : piece.size + 1;
    rest->data += used;
    rest->size -= used;
    return piece;
}

/* Hub host names and ids are of printable ASCII, without the marks that part them. */
static bool is_name(da_text text) {
    if (text.data == NULL || text.size == 0 || text.size > 255) return false;
    for (size_t i = 0; i < text.size; ++i) {
        const char c = text.data[i];
        if (c <= ' ' || c > '~' || c == '/' || c == ';') return false;
    }
    return true;
}

static bool are_names(const da_identity_text* identity) {
    return is_name(identity->hub) && is_name(identity->device) &&
           (identity->module.data == NULL || is_name(identity->module));
}

bool da_read_identity(da_text text, da_identity_text* identity) {
    *identity = (da_identity_text){.module = {NULL, 0}};
    if (text.size == 0) return false;
    identity->hub = cut(&text, '/');
    identity->device = cut(&text, '/');
    const bool ends_in_slash = text.size == 0 && text.data[-1] == '/';
    if (ends_in_slash) return false;
    if (text.size > 0) identity->module = text;
    return are_names(identity);
}

static unsigned read_what(da_text rest) {
    unsigned what = 0;
    while (rest.size > 0) {
        da_text words = cut(&rest, ' ');
        while (words.size > 0) {
            const da_text word = cut(&words, ',');
            if (da_text_is(word, "hub")) what |= DEVICE_AGENT_CHANGED_HUB;
            if (da_text_is(word, "key")) what |= DEVICE_AGENT_CHANGED_KEY;
        }
    }
    return what;
}

bool da_read_event(da_text line, da_event_text* event) {
    *event = (da_event_text){.kind = DA_UNKNOWN};
    if (line.size == 0) return false;
    const da_text kind = cut(&line, ' ');
    const da_text application = cut(&line, ' ');
    const da_text identity = cut(&line, ' ');
    if (!is_name(kind)) return false;
    if (da_text_is(kind, "provisioned")) event->kind = DA_PROVISIONED;
    if (da_text_is(kind, "changed")) event->kind = DA_CHANGED;
    if (da_text_is(kind, "removed")) event->kind = DA_REMOVED;
    if (event->kind == DA_UNKNOWN) return true;
    event->what = read_what(line);
    if (event->kind == DA_REMOVED && identity.size == 0) return true;
    return is_name(application) && da_read_identity(identity, &event->identity);
}

/* The `se=` of "SharedAccessSignature sr=…&sig=…&se=…", or -1. */
static int64_t read_expiry(da_text token) {
    static const char scheme[] = "SharedAccessSignature ";
    if (token.size < sizeof scheme || memcmp(token.data, scheme, sizeof scheme - 1) != 0) return -1;
    token.data += sizeof scheme - 1;
    token.size -= sizeof scheme - 1;
    while (token.size > 0) {
        da_text value = cut(&token, '&');
        if (da_text_is(cut(&value, '='), "se")) return da_number(value, 253402300799); /* the year 9999 */
    }
    return -1;
}

static bool read_part(da_text name, da_text value, da_credentials_text* credentials) {
    if (da_text_is(name, "HostName")) {
        credentials->identity.hub = value;
    } else if (da_text_is(name, "DeviceId")) {
        credentials->identity.device = value;
    } else if (da_text_is(name, "ModuleId")) {
        credentials->identity.module = value;
    } else if (da_text_is(name, "SharedAccessSignature")) {
        credentials->token = value;
    } else if (da_text_is(name, "x509")) {
        credentials->x509 = da_text_is(value, "true");
        return credentials->x509;
    }
    return true; /* a part of a later version; the connection string is handed on as it is */
}

bool da_read_connection_string(da_text text, da_credentials_text* credentials) {
    *credentials = (da_credentials_text){.x509 = false};
    for (size_t i = 0; i < text.size; ++i) {
        if (text.data[i] < ' ' || text.data[i] > '~') return false;
    }
    while (text.size > 0) {
        da_text value = cut(&text, ';');
        const da_text name = cut(&value, '=');
        if (!read_part(name, value, credentials)) return false;
    }
    if (!are_names(&credentials->identity)) return false;
    if (credentials->x509) return credentials->token.data == NULL;
    if (credentials->token.data == NULL) return false;
    credentials->expires = read_expiry(credentials->token);
    return credentials->expires > 0;
}
