/* SPDX-License-Identifier: Apache-2.0 */
/* One request to the agent and its answer, on a connection of their own; it never blocks. */
#ifndef DEVICE_AGENT_CLIENT_EXCHANGE_H
#define DEVICE_AGENT_CLIENT_EXCHANGE_H

#include "answer.h"
#include "device_agent/client.h"

#include <sys/un.h>

/** Where the agent is, and whom to ask for; what a client consists of. */
typedef struct da_settings {
    struct sockaddr_un address;
    char query[400]; /**< "?application=NAME" with NAME percent-encoded, or nothing */
} da_settings;

typedef struct da_exchange {
    int fd; /**< -1: not connected */
    char request[640];
    size_t request_size;
    size_t sent;
    char answer[DA_MOST_HEAD + DA_MOST_BODY];
    size_t received;
    bool has_head;
    da_head head;     /**< points into `answer` */
    size_t line_size; /**< of the line that da_exchange_line() gave last, with its end */
} da_exchange;

typedef enum da_progress {
    DA_WAITING, /**< poll for da_exchange_events() and go on */
    DA_ANSWERED,
    DA_BROKEN /**< closed, cut off, malformed, too long; `error` is filled */
} da_progress;

/** Connects, and prepares the request; a `body` of "" sends none. Returns 0, or the errno of what failed. */
int da_exchange_start(da_exchange* exchange, const da_settings* settings, const char* method,
                      const char* path, const char* body);

/** What poll() is to wait for. */
short da_exchange_events(const da_exchange* exchange);

/** Goes on until the whole answer is there. */
da_progress da_exchange_step(da_exchange* exchange, device_agent_error* error);

/** Goes on until the head is there; then da_exchange_line() gives the lines of a 200 that does not end. */
da_progress da_exchange_step_to_head(da_exchange* exchange, device_agent_error* error);

/**
 * The next line of a body that does not end, without its end: DA_ANSWERED and `line`, which holds until the
 * next call. Its connection is closed: DA_BROKEN.
 */
da_progress da_exchange_line(da_exchange* exchange, da_text* line, device_agent_error* error);

/** Whether da_exchange_line() has one without reading. */
bool da_exchange_has_line(const da_exchange* exchange);

da_text da_exchange_body(const da_exchange* exchange);

/** The error that an answer with a status other than 200 tells. */
device_agent_code da_exchange_refusal(const da_exchange* exchange, device_agent_error* error);

/** Closes and wipes; may be called again and again. A new exchange begins as {.fd = -1}. */
void da_exchange_end(da_exchange* exchange);

#endif
