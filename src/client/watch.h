/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a watch: the subscription to the agent's events (subscription.c), the renewal of credentials
 * (renewal.c), and the queue from which its owner takes what they found (watch.c). Each part does what is due
 * when it is stepped, never blocks, and says when it is due next.
 */
#ifndef DEVICE_AGENT_CLIENT_WATCH_H
#define DEVICE_AGENT_CLIENT_WATCH_H

#include "clock.h"
#include "exchange.h"
#include "presence.h"
#include "text.h"

#define DA_QUEUE_ROOM 8u

/** How long an agent that runs may take for an answer, in milliseconds. */
#define DA_ANSWER_TIME 30000

/** An event with all that it owns. */
typedef struct da_entry {
    device_agent_event event;
    device_agent_identity* identity;
    device_agent_credentials* credentials;
    device_agent_error error;
} da_entry;

typedef struct da_subscription {
    enum { DA_DOWN, DA_ASKING, DA_UP } state;
    da_exchange exchange;
    da_presence presence; /**< while it is down */
    da_backoff backoff;
    int64_t due;                    /**< down: the next try; asking: the end of patience */
    int64_t since;                  /**< up: since when */
    bool told_gone;                 /**< GONE was told, and not BACK since */
    device_agent_code told_refused; /**< what REFUSED told last, until it is up */
} da_subscription;

typedef struct da_renewal {
    unsigned expiry; /**< or DEVICE_AGENT_NO_RENEWAL */
    bool wanted;     /**< credentials are to be fetched now */
    bool asking;     /**< the request is under way */
    da_exchange exchange;
    da_backoff backoff;
    int64_t due;   /**< wanted: the next try; asking: the end of patience */
    int64_t again; /**< when the credentials that were handed out are to be renewed */
    device_agent_code told_refused;
} da_renewal;

struct device_agent_watch {
    da_settings settings;
    int epoll; /**< holds every descriptor of the watch */
    int timer; /**< ends with the first part that is due */
    da_subscription subscription;
    da_renewal renewal;
    device_agent_identity* known; /**< the identity as last told, or NULL */
    da_entry current;             /**< what its owner looks at */
    da_entry queue[DA_QUEUE_ROOM];
    size_t queued;
};

void da_subscription_begin(da_subscription* subscription);
void da_subscription_step(device_agent_watch* watch);
int64_t da_subscription_due(const da_subscription* subscription);
void da_subscription_end(da_subscription* subscription);

void da_renewal_begin(da_renewal* renewal, unsigned expiry);
void da_renewal_step(device_agent_watch* watch);
int64_t da_renewal_due(const device_agent_watch* watch);
/** Fetch credentials as soon as it can be done. */
void da_renewal_want(da_renewal* renewal);
/** There is nothing to renew any more. */
void da_renewal_cancel(da_renewal* renewal);

/** Puts an event into the queue, which takes over what it points to. */
void da_watch_tell(device_agent_watch* watch, device_agent_event_kind kind, unsigned what,
                   device_agent_identity* identity, device_agent_credentials* credentials,
                   const device_agent_error* error);

/** The identity is gone: forgets and tells it. */
void da_watch_forget_identity(device_agent_watch* watch);

/** Has the watch wake up for a descriptor; `events` as of poll(). Closing it is enough to end that. */
void da_watch_poll_for(const device_agent_watch* watch, int fd, short events);

#endif
