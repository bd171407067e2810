/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange.h"

#include "error.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int da_exchange_start(da_exchange* exchange, const da_settings* settings, const char* method,
                      const char* path, const char* body) {
    da_exchange_end(exchange);
    /* HTTP/1.0, for its answers need no decoder: they end with the connection. */
    const int size = snprintf(exchange->request, sizeof exchange->request,
                              "%s %s%s HTTP/1.0\r\nHost: localhost\r\nAccept: text/plain\r\n"
                              "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                              method, path, settings->query, strlen(body), body);
    if (size < 0 || (size_t)size >= sizeof exchange->request) return EMSGSIZE;
    exchange->request_size = (size_t)size;
    exchange->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (exchange->fd < 0) return errno;
    /* A Unix socket connects at once or not at all. */
    if (connect(exchange->fd, (const struct sockaddr*)&settings->address, sizeof settings->address) == 0)
        return 0;
    const int failure = errno;
    da_exchange_end(exchange);
    return failure;
}

short da_exchange_events(const da_exchange* exchange) {
    return exchange->sent < exchange->request_size ? POLLIN | POLLOUT : POLLIN;
}

static void send_rest(da_exchange* exchange) {
    while (exchange->sent < exchange->request_size) {
        const ssize_t size = send(exchange->fd, exchange->request + exchange->sent,
                                  exchange->request_size - exchange->sent, MSG_NOSIGNAL);
        if (size >= 0) {
            exchange->sent += (size_t)size;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (errno != EINTR) {
            exchange->sent = exchange->request_size; /* whoever hangs up may have said why: read on */
        }
    }
}

static da_progress broken(device_agent_error* error, const char* how) {
    (void)da_fail(error, DEVICE_AGENT_PROTOCOL, 0,
                  "the answer of the Device Agent %s: does a Device Agent listen at this socket?", how);
    return DA_BROKEN;
}

/* Reads what is there. */
static da_progress receive(da_exchange* exchange, device_agent_error* error) {
    for (;;) {
        const size_t room = sizeof exchange->answer - exchange->received;
        if (room == 0) return broken(error, "is too long");
        const ssize_t size = recv(exchange->fd, exchange->answer + exchange->received, room, 0);
        if (size > 0) {
            exchange->received += (size_t)size;
            return DA_ANSWERED;
        }
        if (size == 0) {
            (void)da_fail(error, DEVICE_AGENT_PROTOCOL, 0,
                          "the Device Agent hung up before its answer was complete: try again");
            return DA_BROKEN;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) return DA_WAITING;
        if (errno == EINTR) continue;
        (void)da_fail(error, DEVICE_AGENT_PROTOCOL, errno,
                      "the connection to the Device Agent broke before its answer was complete: try again");
        return DA_BROKEN;
    }
}

da_progress da_exchange_step_to_head(da_exchange* exchange, device_agent_error* error) {
    send_rest(exchange);
    while (!exchange->has_head) {
        const da_progress progress = receive(exchange, error);
        if (progress != DA_ANSWERED) return progress;
        const da_reading reading = da_read_head(exchange->answer, exchange->received, &exchange->head);
        if (reading == DA_MALFORMED) return broken(error, "is none of HTTP");
        exchange->has_head = reading == DA_COMPLETE;
    }
    return DA_ANSWERED;
}

da_progress da_exchange_step(da_exchange* exchange, device_agent_error* error) {
    da_progress progress = da_exchange_step_to_head(exchange, error);
    if (progress != DA_ANSWERED) return progress;
    if (!exchange->head.has_length) return broken(error, "does not say how long it is");
    while (exchange->received < exchange->head.size + exchange->head.length) {
        progress = receive(exchange, error);
        if (progress != DA_ANSWERED) return progress;
    }
    return DA_ANSWERED;
}

/* Moves away the line that was given last. The lines come to lie behind the head. */
static void drop_line(da_exchange* exchange) {
    char* begin = exchange->answer + exchange->head.size;
    const size_t left = exchange->received - exchange->head.size - exchange->line_size;
    memmove(begin, begin + exchange->line_size, left);
    exchange->received -= exchange->line_size;
    exchange->line_size = 0;
}

da_progress da_exchange_line(da_exchange* exchange, da_text* line, device_agent_error* error) {
    drop_line(exchange);
    for (;;) {
        const char* begin = exchange->answer + exchange->head.size;
        const size_t size = exchange->received - exchange->head.size;
        const char* end = size == 0 ? NULL : memchr(begin, '\n', size);
        if (end != NULL) {
            exchange->line_size = (size_t)(end - begin) + 1;
            *line = da_line((da_text){begin, exchange->line_size});
            return DA_ANSWERED;
        }
        if (size >= DA_MOST_BODY) return broken(error, "has a line that is too long");
        const da_progress progress = receive(exchange, error);
        if (progress != DA_ANSWERED) return progress;
    }
}

bool da_exchange_has_line(const da_exchange* exchange) {
    const size_t used = exchange->head.size + exchange->line_size;
    return exchange->received > used &&
           memchr(exchange->answer + used, '\n', exchange->received - used) != NULL;
}

da_text da_exchange_body(const da_exchange* exchange) {
    return (da_text){exchange->answer + exchange->head.size, exchange->head.length};
}

/* One row for each word of the table in docs/socket-api.md; by status, where a later version has a word of
 * its own. */
static device_agent_code code_of(da_text word, int status) {
    static const struct {
        const char* word;
        device_agent_code code;
    } words[] = {
        {"usage", DEVICE_AGENT_USAGE},
        {"permission", DEVICE_AGENT_PERMISSION},
        {"not-provisioned", DEVICE_AGENT_NOT_PROVISIONED},
        {"ambiguous", DEVICE_AGENT_AMBIGUOUS},
        {"too-many", DEVICE_AGENT_TOO_MANY},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; ++i) {
        if (da_text_is(word, words[i].word)) return words[i].code;
    }
    switch (status) {
        case 400:
            return DEVICE_AGENT_USAGE;
        case 403:
            return DEVICE_AGENT_PERMISSION;
        case 409:
            return DEVICE_AGENT_AMBIGUOUS;
        case 429:
            return DEVICE_AGENT_TOO_MANY;
        default:
            return status >= 500 ? DEVICE_AGENT_AGENT_FAILED : DEVICE_AGENT_PROTOCOL;
    }
}

device_agent_code da_exchange_refusal(const da_exchange* exchange, device_agent_error* error) {
    const int status = exchange->head.status;
    const da_text body = da_line(da_exchange_body(exchange));
    const char* colon = body.size == 0 ? NULL : memchr(body.data, ':', body.size);
    const da_text word = {body.data, colon == NULL ? 0 : (size_t)(colon - body.data)};
    const device_agent_code code = code_of(word, status);
    if (body.size == 0) {
        (void)da_fail(error, code, 0, "the Device Agent answered with status %d and no words", status);
    } else {
        (void)da_fail(error, code, 0, "the Device Agent answered: %.*s", (int)body.size, body.data);
    }
    if (error != NULL) error->retry_after = exchange->head.retry_after;
    return code;
}

void da_exchange_end(da_exchange* exchange) {
    if (exchange->fd >= 0) (void)close(exchange->fd);
    explicit_bzero(exchange->answer, exchange->received);
    exchange->fd = -1;
    exchange->received = 0;
    exchange->sent = 0;
    exchange->line_size = 0;
    exchange->has_head = false;
}
