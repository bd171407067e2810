/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include "clock.h"
#include "error.h"
#include "record.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-._~", c) != NULL;
}

static bool write_query(char* query, size_t room, const char* application) {
    static const char digits[] = "0123456789ABCDEF";
    static const char name[] = "?application=";
    if (application == NULL) return true;
    if (*application == '\0') return false;
    memcpy(query, name, sizeof name - 1);
    size_t size = sizeof name - 1;
    for (; *application != '\0'; ++application) {
        if (size + 4 > room) return false;
        if (is_unreserved(*application)) {
            query[size++] = *application;
        } else {
            const unsigned char byte = (unsigned char)*application;
            query[size++] = '%';
            query[size++] = digits[byte / 16];
            query[size++] = digits[byte % 16];
        }
    }
    query[size] = '\0';
    return true;
}

device_agent_code device_agent_open(const char* socket_path, const char* application,
                                    device_agent_client** client, device_agent_error* error) {
    const int saved = errno;
    *client = NULL;
    if (socket_path == NULL) socket_path = secure_getenv("DEVICE_AGENT_SOCKET");
    if (socket_path == NULL || *socket_path == '\0') socket_path = DEVICE_AGENT_DEFAULT_SOCKET;
    da_settings settings = {.address = {.sun_family = AF_UNIX}};
    if (strlen(socket_path) >= sizeof settings.address.sun_path)
        return da_fail(
            error, DEVICE_AGENT_USAGE, ENAMETOOLONG,
            "the path of the agent's socket is longer than the %zu bytes that a Unix socket can have: %s",
            sizeof settings.address.sun_path - 1, socket_path);
    memcpy(settings.address.sun_path, socket_path, strlen(socket_path));
    if (!write_query(settings.query, sizeof settings.query, application))
        return da_fail(error, DEVICE_AGENT_USAGE, EINVAL,
                       "an application's name is its module id (1 to 128 characters) or $device, not '%s'",
                       application);
    *client = malloc(sizeof **client);
    if (*client == NULL) return da_fail_locally(error, ENOMEM, "making a client");
    (*client)->settings = settings;
    errno = saved;
    return DEVICE_AGENT_OK;
}

void device_agent_close(device_agent_client* client) {
    free(client);
}

/* Too many wait to be accepted: the kernel tells nobody when that is over. */
static int start_patiently(da_exchange* exchange, const da_settings* settings, const char* method,
                           const char* path, const char* body, int64_t deadline) {
    da_backoff backoff = {.first = 5, .most = 100};
    for (;;) {
        const int failure = da_exchange_start(exchange, settings, method, path, body);
        if (failure != EAGAIN || da_left(deadline) == 0) return failure;
        const int64_t pause = da_backoff_next(&backoff);
        const int left = da_left(deadline);
        (void)poll(NULL, 0, left >= 0 && left < pause ? left : (int)pause);
    }
}

static device_agent_code fetch(da_exchange* exchange, const da_settings* settings, const char* method,
                               const char* path, const char* body, int timeout_ms,
                               device_agent_error* error) {
    const int64_t deadline = da_deadline(timeout_ms);
    const int failure = start_patiently(exchange, settings, method, path, body, deadline);
    if (failure != 0) return da_fail_to_connect(error, failure, settings->address.sun_path);
    for (;;) {
        const da_progress progress = da_exchange_step(exchange, error);
        if (progress == DA_BROKEN) return DEVICE_AGENT_PROTOCOL;
        if (progress == DA_ANSWERED) break;
        struct pollfd waited = {exchange->fd, da_exchange_events(exchange), 0};
        const int left = da_left(deadline);
        const int ready = poll(&waited, 1, left);
        if (ready < 0 && errno != EINTR) return da_fail_locally(error, errno, "waiting for the Device Agent");
        if (ready == 0 && da_left(deadline) == 0)
            return da_fail(
                error, DEVICE_AGENT_TIMED_OUT, 0,
                "the Device Agent at %s did not answer within %d ms: is it busy? `device-agent status` "
                "tells",
                settings->address.sun_path, timeout_ms);
    }
    return exchange->head.status == 200 ? DEVICE_AGENT_OK : da_exchange_refusal(exchange, error);
}

static device_agent_code not_understood(const char* what, device_agent_error* error) {
    return da_fail(error, DEVICE_AGENT_PROTOCOL, 0,
                   "the answer of the Device Agent is no %s: does a Device Agent listen at this socket?",
                   what);
}

static device_agent_code take_identity(const da_exchange* exchange, device_agent_identity** identity,
                                       device_agent_error* error) {
    da_identity_text text;
    if (!da_read_identity(da_line(da_exchange_body(exchange)), &text))
        return not_understood("identity", error);
    *identity = da_make_identity(
        &text, da_text_is(exchange->head.authentication, "x509") ? DEVICE_AGENT_X509 : DEVICE_AGENT_SAS);
    return *identity != NULL ? DEVICE_AGENT_OK : da_fail_locally(error, ENOMEM, "keeping an identity");
}

device_agent_code da_take_credentials(const da_exchange* exchange, device_agent_credentials** credentials,
                                      device_agent_error* error) {
    const da_text line = da_line(da_exchange_body(exchange));
    da_credentials_text text;
    if (!da_read_connection_string(line, &text)) return not_understood("connection string", error);
    *credentials = da_make_credentials(line, &text, &exchange->head);
    return *credentials != NULL ? DEVICE_AGENT_OK : da_fail_locally(error, ENOMEM, "keeping credentials");
}

void da_write_credentials_request(char* request, unsigned expiry) {
    *request = '\0';
    if (expiry != 0) (void)snprintf(request, DA_CREDENTIALS_REQUEST, "{\"expiry\": %u}", expiry);
}

device_agent_code device_agent_get_identity(const device_agent_client* client, int timeout_ms,
                                            device_agent_identity** identity, device_agent_error* error) {
    const int saved = errno;
    *identity = NULL;
    da_exchange exchange = {.fd = -1};
    device_agent_code code =
        fetch(&exchange, &client->settings, "GET", "/v1/identity", "", timeout_ms, error);
    if (code == DEVICE_AGENT_OK) code = take_identity(&exchange, identity, error);
    da_exchange_end(&exchange);
    errno = saved;
    return code;
}

device_agent_code device_agent_get_credentials(const device_agent_client* client, unsigned expiry,
                                               int timeout_ms, device_agent_credentials** credentials,
                                               device_agent_error* error) {
    const int saved = errno;
    *credentials = NULL;
    char request[DA_CREDENTIALS_REQUEST];
    da_write_credentials_request(request, expiry);
    da_exchange exchange = {.fd = -1};
    device_agent_code code =
        fetch(&exchange, &client->settings, "POST", DA_CREDENTIALS_PATH, request, timeout_ms, error);
    if (code == DEVICE_AGENT_OK) code = da_take_credentials(&exchange, credentials, error);
    da_exchange_end(&exchange);
    errno = saved;
    return code;
}
