/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"
#include "record.h"
#include "watch.h"

#include <errno.h>
#include <poll.h>

/* A refusal is final until somebody changes the agent's configuration. */
static const int64_t refused_pause = 30000;
/* A connection that stayed up so long was a good one, and the next delay is a short one again. */
static const int64_t good_while = 10000;

void da_subscription_begin(da_subscription* subscription) {
    *subscription = (da_subscription){.exchange = {.fd = -1},
                                      .presence = {.fd = -1, .watched = -1},
                                      .backoff = {.first = 100, .most = 30000}};
}

void da_subscription_end(da_subscription* subscription) {
    da_exchange_end(&subscription->exchange);
    da_presence_end(&subscription->presence);
}

static void look_for_the_socket(device_agent_watch* watch) {
    da_presence* presence = &watch->subscription.presence;
    da_presence_begin(presence, watch->settings.address.sun_path);
    if (presence->fd >= 0) da_watch_poll_for(watch, presence->fd, POLLIN);
}

/* Whatever the pause, a socket that appears ends it. */
static void go_down(device_agent_watch* watch, int64_t pause) {
    da_subscription* subscription = &watch->subscription;
    da_exchange_end(&subscription->exchange);
    subscription->state = DA_DOWN;
    subscription->due = da_now() + pause;
    if (subscription->presence.fd < 0) look_for_the_socket(watch);
}

static void lose(device_agent_watch* watch, const device_agent_error* why) {
    da_subscription* subscription = &watch->subscription;
    if (subscription->state == DA_UP && da_now() - subscription->since >= good_while)
        da_backoff_reset(&subscription->backoff);
    const int64_t asked = (int64_t)why->retry_after * 1000;
    const int64_t pause = da_backoff_next(&subscription->backoff);
    go_down(watch, asked > pause ? asked : pause);
    if (!subscription->told_gone) da_watch_tell(watch, DEVICE_AGENT_GONE, 0, NULL, NULL, why);
    subscription->told_gone = true;
}

static void be_refused(device_agent_watch* watch, const device_agent_error* why) {
    da_subscription* subscription = &watch->subscription;
    go_down(watch, refused_pause + da_random(refused_pause / 2));
    if (subscription->told_refused != why->code)
        da_watch_tell(watch, DEVICE_AGENT_REFUSED, 0, NULL, NULL, why);
    subscription->told_refused = why->code;
}

static int ask(device_agent_watch* watch) {
    return da_exchange_start(&watch->subscription.exchange, &watch->settings, "GET", "/v1/identity/events",
                             "");
}

static void connect_now(device_agent_watch* watch) {
    da_subscription* subscription = &watch->subscription;
    int failure = ask(watch);
    if (failure != 0 && subscription->presence.fd < 0) {
        /* Looking begins before the last try, so that the socket cannot come unseen in between. */
        look_for_the_socket(watch);
        failure = ask(watch);
    }
    if (failure == 0) {
        subscription->state = DA_ASKING;
        subscription->due = da_now() + DA_ANSWER_TIME;
        da_watch_poll_for(watch, subscription->exchange.fd, da_exchange_events(&subscription->exchange));
        return;
    }
    device_agent_error why;
    if (da_fail_to_connect(&why, failure, watch->settings.address.sun_path) == DEVICE_AGENT_PERMISSION) {
        be_refused(watch, &why);
    } else {
        lose(watch, &why);
    }
}

static void take_refusal(device_agent_watch* watch) {
    device_agent_error why;
    switch (da_exchange_refusal(&watch->subscription.exchange, &why)) {
        case DEVICE_AGENT_TOO_MANY:
        case DEVICE_AGENT_AGENT_FAILED:
        case DEVICE_AGENT_NOT_PROVISIONED:
            lose(watch, &why);
            break;
        default:
            be_refused(watch, &why);
    }
}

static void come_up(device_agent_watch* watch) {
    da_subscription* subscription = &watch->subscription;
    subscription->state = DA_UP;
    subscription->since = da_now();
    subscription->told_refused = DEVICE_AGENT_OK;
    da_presence_end(&subscription->presence);
    if (subscription->told_gone) da_watch_tell(watch, DEVICE_AGENT_BACK, 0, NULL, NULL, NULL);
    subscription->told_gone = false;
    if (watch->renewal.wanted && !watch->renewal.asking) da_renewal_want(&watch->renewal);
}

static void hear_answer(device_agent_watch* watch) {
    da_subscription* subscription = &watch->subscription;
    device_agent_error why;
    da_progress progress = da_exchange_step_to_head(&subscription->exchange, &why);
    const bool is_good = progress == DA_ANSWERED && subscription->exchange.head.status == 200;
    if (progress == DA_ANSWERED && !is_good) progress = da_exchange_step(&subscription->exchange, &why);
    if (progress == DA_BROKEN) {
        lose(watch, &why);
    } else if (progress == DA_WAITING && da_now() >= subscription->due) {
        (void)da_fail(&why, DEVICE_AGENT_TIMED_OUT, 0, "the Device Agent at %s does not answer",
                      watch->settings.address.sun_path);
        lose(watch, &why);
    } else if (progress == DA_WAITING) {
        da_watch_poll_for(watch, subscription->exchange.fd, da_exchange_events(&subscription->exchange));
    } else if (is_good) {
        come_up(watch);
    } else {
        take_refusal(watch);
    }
}

/* Keeps a new identity. False without memory. */
static bool learn(device_agent_watch* watch, const da_identity_text* text, device_agent_identity** told) {
    const device_agent_authentication authentication =
        text->module.data != NULL ? DEVICE_AGENT_SAS : DEVICE_AGENT_UNTOLD;
    device_agent_identity* known = da_make_identity(text, authentication);
    *told = da_make_identity(text, authentication);
    if (known == NULL || *told == NULL) {
        device_agent_free_identity(known);
        device_agent_free_identity(*told);
        return false;
    }
    device_agent_free_identity(watch->known);
    watch->known = known;
    return true;
}

/* The identity is there, or is another one, or has another key. False without memory. */
static bool take_identity(device_agent_watch* watch, const da_event_text* text) {
    device_agent_identity* before = watch->known;
    watch->known = NULL;
    device_agent_identity* told = NULL;
    if (!learn(watch, &text->identity, &told)) {
        watch->known = before;
        return false;
    }
    const bool is_same = before != NULL && da_same_identity(before, watch->known);
    unsigned what = text->what;
    if (before != NULL && !is_same) what |= DEVICE_AGENT_CHANGED_HUB;
    if (text->kind == DA_CHANGED && what == 0) what = DEVICE_AGENT_CHANGED_KEY;
    device_agent_free_identity(before);
    if (is_same && text->kind == DA_PROVISIONED) {
        device_agent_free_identity(told); /* the stream begins anew with what is known */
        return true;
    }
    da_watch_tell(watch, before == NULL ? DEVICE_AGENT_PROVISIONED : DEVICE_AGENT_CHANGED,
                  before == NULL ? 0 : what, told, NULL, NULL);
    da_renewal_want(&watch->renewal);
    return true;
}

static void take_line(device_agent_watch* watch, da_text line) {
    da_event_text text;
    device_agent_error why;
    if (!da_read_event(line, &text)) {
        (void)da_fail(
            &why, DEVICE_AGENT_PROTOCOL, 0,
            "the Device Agent told an event that cannot be understood: does a Device Agent listen at %s?",
            watch->settings.address.sun_path);
        lose(watch, &why);
    } else if (text.kind == DA_REMOVED) {
        da_watch_forget_identity(watch);
    } else if (text.kind != DA_UNKNOWN && !take_identity(watch, &text)) {
        (void)da_fail_locally(&why, ENOMEM, "keeping an identity");
        lose(watch, &why);
    }
}

void da_subscription_step(device_agent_watch* watch) {
    da_subscription* subscription = &watch->subscription;
    if (subscription->state == DA_DOWN) {
        if (da_presence_changed(&subscription->presence)) {
            da_backoff_reset(&subscription->backoff);
            subscription->due = 0;
        }
        if (da_now() < subscription->due) return;
        connect_now(watch);
    }
    if (subscription->state == DA_ASKING) hear_answer(watch);
    /* One event at a time: the next line is read when its owner has taken this one. */
    while (subscription->state == DA_UP && watch->queued == 0) {
        da_text line;
        device_agent_error why;
        const da_progress progress = da_exchange_line(&subscription->exchange, &line, &why);
        if (progress == DA_WAITING) return;
        if (progress == DA_ANSWERED) {
            take_line(watch, line);
        } else {
            lose(watch, &why);
        }
    }
}

int64_t da_subscription_due(const da_subscription* subscription) {
    if (subscription->state != DA_UP) return subscription->due;
    return da_exchange_has_line(&subscription->exchange) ? 0 : DA_NEVER;
}
