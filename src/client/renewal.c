/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"
#include "error.h"
#include "record.h"
#include "watch.h"

#include <poll.h>
#include <time.h>

static const int64_t refused_pause = 60000;

void da_renewal_begin(da_renewal* renewal, unsigned expiry) {
    *renewal = (da_renewal){.expiry = expiry,
                            .exchange = {.fd = -1},
                            .backoff = {.first = 200, .most = 30000},
                            .again = DA_NEVER};
}

void da_renewal_want(da_renewal* renewal) {
    if (renewal->expiry == DEVICE_AGENT_NO_RENEWAL) return;
    da_exchange_end(&renewal->exchange); /* its answer might be of before */
    da_backoff_reset(&renewal->backoff);
    renewal->asking = false;
    renewal->wanted = true;
    renewal->due = 0;
    renewal->again = DA_NEVER;
}

void da_renewal_cancel(da_renewal* renewal) {
    da_exchange_end(&renewal->exchange);
    renewal->asking = false;
    renewal->wanted = false;
    renewal->again = DA_NEVER;
    renewal->told_refused = DEVICE_AGENT_OK;
}

/*
 * When to renew: after four fifths of what is left of the token's life. The agent's clock and ours may
 * differ, so what the machine's clock says of the expiry is believed only where it is possible at all.
 */
static int64_t time_to_renew(unsigned expiry, int64_t expires) {
    static const int64_t a_year = 366 * 86400LL;
    const int64_t most = (expiry != 0 ? (int64_t)expiry : a_year) * 1000;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    int64_t left = (expires - (int64_t)now.tv_sec) * 1000 - now.tv_nsec / 1000000;
    if (left <= 0 || left > most) left = expiry != 0 ? most / 10 * 9 : 300000;
    const int64_t pause = left / 5 * 4 - da_random(left / 20);
    return da_now() + (pause > 1000 ? pause : 1000);
}

static void try_later(da_renewal* renewal, unsigned retry_after) {
    const int64_t asked = (int64_t)retry_after * 1000;
    const int64_t pause = da_backoff_next(&renewal->backoff);
    da_exchange_end(&renewal->exchange);
    renewal->asking = false;
    renewal->due = da_now() + (asked > pause ? asked : pause);
}

static void be_refused(device_agent_watch* watch, const device_agent_error* why) {
    da_renewal* renewal = &watch->renewal;
    da_exchange_end(&renewal->exchange);
    renewal->asking = false;
    renewal->due = da_now() + refused_pause + da_random(refused_pause / 2);
    if (renewal->told_refused != why->code) da_watch_tell(watch, DEVICE_AGENT_REFUSED, 0, NULL, NULL, why);
    renewal->told_refused = why->code;
}

static void take_credentials(device_agent_watch* watch) {
    da_renewal* renewal = &watch->renewal;
    device_agent_credentials* credentials = NULL;
    device_agent_error why;
    switch (da_take_credentials(&renewal->exchange, &credentials, &why)) {
        case DEVICE_AGENT_OK:
            break;
        case DEVICE_AGENT_PROTOCOL:
            be_refused(watch, &why);
            return;
        default:
            try_later(renewal, 0);
            return;
    }
    da_renewal_cancel(renewal);
    if (credentials->expires > 0) renewal->again = time_to_renew(renewal->expiry, credentials->expires);
    da_watch_tell(watch, DEVICE_AGENT_CREDENTIALS, 0, NULL, credentials, NULL);
}

static void take_answer(device_agent_watch* watch) {
    da_renewal* renewal = &watch->renewal;
    if (renewal->exchange.head.status == 200) {
        take_credentials(watch);
        return;
    }
    device_agent_error why;
    switch (da_exchange_refusal(&renewal->exchange, &why)) {
        case DEVICE_AGENT_TOO_MANY:
        case DEVICE_AGENT_AGENT_FAILED:
            try_later(renewal, why.retry_after);
            break;
        case DEVICE_AGENT_NOT_PROVISIONED:
            da_watch_forget_identity(watch);
            break;
        default:
            be_refused(watch, &why);
    }
}

static void ask(device_agent_watch* watch) {
    da_renewal* renewal = &watch->renewal;
    char request[DA_CREDENTIALS_REQUEST];
    da_write_credentials_request(request, renewal->expiry);
    if (da_exchange_start(&renewal->exchange, &watch->settings, "POST", DA_CREDENTIALS_PATH, request) != 0) {
        try_later(renewal, 0); /* whether the agent is there is the subscription's to tell */
        return;
    }
    renewal->asking = true;
    renewal->due = da_now() + DA_ANSWER_TIME;
    da_watch_poll_for(watch, renewal->exchange.fd, da_exchange_events(&renewal->exchange));
}

void da_renewal_step(device_agent_watch* watch) {
    da_renewal* renewal = &watch->renewal;
    if (da_now() >= renewal->again) da_renewal_want(renewal);
    if (!renewal->wanted || watch->known == NULL) return;
    if (!renewal->asking) {
        if (da_now() < renewal->due) return;
        ask(watch);
        if (!renewal->asking) return;
    }
    device_agent_error why;
    const da_progress progress = da_exchange_step(&renewal->exchange, &why);
    if (progress == DA_ANSWERED) {
        take_answer(watch);
    } else if (progress == DA_BROKEN || da_now() >= renewal->due) {
        try_later(renewal, 0);
    } else {
        da_watch_poll_for(watch, renewal->exchange.fd, da_exchange_events(&renewal->exchange));
    }
}

int64_t da_renewal_due(const device_agent_watch* watch) {
    const da_renewal* renewal = &watch->renewal;
    return renewal->wanted && watch->known != NULL ? renewal->due : renewal->again;
}
