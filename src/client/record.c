/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <stdlib.h>
#include <string.h>

/* The record comes first in its block, and its address is the block's. */
typedef struct identity_block {
    device_agent_identity identity;
    size_t size;
    char text[];
} identity_block;

typedef struct credentials_block {
    device_agent_credentials credentials;
    device_agent_identity identity;
    size_t size;
    char text[];
} credentials_block;

static size_t room_for(da_text text) {
    return text.data == NULL ? 0 : text.size + 1;
}

static size_t room_for_identity(const da_identity_text* text) {
    return room_for(text->hub) + room_for(text->device) + room_for(text->module);
}

/* Copies a text to where `to` points, as a string, and moves `to` behind it. NULL stays NULL. */
static const char* put(char** to, da_text text) {
    if (text.data == NULL) return NULL;
    char* string = *to;
    memcpy(string, text.data, text.size);
    string[text.size] = '\0';
    *to += text.size + 1;
    return string;
}

static device_agent_identity put_identity(char** to, const da_identity_text* text,
                                          device_agent_authentication authentication) {
    const char* hub = put(to, text->hub);
    const char* device = put(to, text->device);
    return (device_agent_identity){hub, device, put(to, text->module), authentication};
}

device_agent_identity* da_make_identity(const da_identity_text* text,
                                        device_agent_authentication authentication) {
    const size_t size = sizeof(identity_block) + room_for_identity(text);
    identity_block* block = malloc(size);
    if (block == NULL) return NULL;
    char* to = block->text;
    block->size = size;
    block->identity = put_identity(&to, text, authentication);
    return &block->identity;
}

static da_text as_text(const char* string) {
    return (da_text){string, string == NULL ? 0 : strlen(string)};
}

device_agent_identity* da_copy_identity(const device_agent_identity* identity) {
    const da_identity_text text = {as_text(identity->hub), as_text(identity->device),
                                   as_text(identity->module)};
    return da_make_identity(&text, identity->authentication);
}

device_agent_credentials* da_make_credentials(da_text connection_string, const da_credentials_text* text,
                                              const da_head* files) {
    const da_text none = {NULL, 0};
    const da_text certificate = text->x509 ? files->certificate : none;
    const da_text private_key = text->x509 ? files->private_key : none;
    const size_t size = sizeof(credentials_block) + room_for_identity(&text->identity) +
                        room_for(connection_string) + room_for(text->token) + room_for(certificate) +
                        room_for(private_key);
    credentials_block* block = malloc(size);
    if (block == NULL) return NULL;
    char* to = block->text;
    block->size = size;
    block->identity = put_identity(&to, &text->identity, text->x509 ? DEVICE_AGENT_X509 : DEVICE_AGENT_SAS);
    block->credentials.identity = &block->identity;
    block->credentials.expires = text->expires;
    block->credentials.connection_string = put(&to, connection_string);
    block->credentials.token = put(&to, text->token);
    block->credentials.certificate = put(&to, certificate);
    block->credentials.private_key = put(&to, private_key);
    return &block->credentials;
}

static bool same(const char* a, const char* b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool da_same_identity(const device_agent_identity* a, const device_agent_identity* b) {
    return same(a->hub, b->hub) && same(a->device, b->device) && same(a->module, b->module);
}

static void wipe_and_free(void* block, size_t size) {
    explicit_bzero(block, size);
    free(block);
}

void device_agent_free_identity(device_agent_identity* identity) {
    if (identity != NULL) wipe_and_free(identity, ((identity_block*)identity)->size);
}

void device_agent_free_credentials(device_agent_credentials* credentials) {
    if (credentials != NULL) wipe_and_free(credentials, ((credentials_block*)credentials)->size);
}
