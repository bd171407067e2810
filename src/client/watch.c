/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include "client.h"
#include "error.h"
#include "record.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

static void drop(da_entry* entry) {
    device_agent_free_identity(entry->identity);
    device_agent_free_credentials(entry->credentials);
    *entry = (da_entry){.identity = NULL};
}

void da_watch_tell(device_agent_watch* watch, device_agent_event_kind kind, unsigned what,
                   device_agent_identity* identity, device_agent_credentials* credentials,
                   const device_agent_error* error) {
    da_entry entry = {{.kind = kind, .what = what}, identity, credentials, {.code = DEVICE_AGENT_OK}};
    if (error != NULL) entry.error = *error;
    if (watch->queued == DA_QUEUE_ROOM) {
        /* Cannot be: the parts are stepped only when the queue is empty, and tell a few things at most. */
        drop(&entry);
        return;
    }
    watch->queue[watch->queued++] = entry;
}

static const device_agent_event* take(device_agent_watch* watch) {
    drop(&watch->current);
    if (watch->queued == 0) return NULL;
    da_entry* current = &watch->current;
    *current = watch->queue[0];
    --watch->queued;
    memmove(watch->queue, watch->queue + 1, watch->queued * sizeof *watch->queue);
    current->event.identity = current->identity;
    current->event.credentials = current->credentials;
    if (current->error.code != DEVICE_AGENT_OK) current->event.error = &current->error;
    return &current->event;
}

void da_watch_forget_identity(device_agent_watch* watch) {
    device_agent_identity* gone = watch->known;
    watch->known = NULL;
    da_renewal_cancel(&watch->renewal);
    if (gone != NULL) da_watch_tell(watch, DEVICE_AGENT_REMOVED, 0, gone, NULL, NULL);
}

void da_watch_poll_for(const device_agent_watch* watch, int fd, short events) {
    struct epoll_event event = {.events = (events & POLLOUT) != 0 ? EPOLLIN | EPOLLOUT : EPOLLIN,
                                .data = {.fd = fd}};
    if (epoll_ctl(watch->epoll, EPOLL_CTL_MOD, fd, &event) != 0)
        (void)epoll_ctl(watch->epoll, EPOLL_CTL_ADD, fd,
                        &event); /* fails only without memory: then patience ends it */
}

device_agent_code device_agent_watch_start(const device_agent_client* client, unsigned expiry,
                                           device_agent_watch** watch, device_agent_error* error) {
    const int saved = errno;
    *watch = NULL;
    device_agent_watch* made = calloc(1, sizeof *made);
    if (made == NULL) return da_fail_locally(error, ENOMEM, "making a watch");
    made->settings = client->settings;
    da_subscription_begin(&made->subscription);
    da_renewal_begin(&made->renewal, expiry);
    made->epoll = epoll_create1(EPOLL_CLOEXEC);
    made->timer = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = made->timer}};
    if (made->epoll < 0 || made->timer < 0 ||
        epoll_ctl(made->epoll, EPOLL_CTL_ADD, made->timer, &event) != 0) {
        const int failure = errno;
        device_agent_watch_stop(made);
        errno = saved;
        return da_fail_locally(error, failure, "making a watch");
    }
    /* There is something to do from the beginning: to connect. */
    const struct itimerspec at_once = {.it_value = {.tv_nsec = 1}};
    (void)timerfd_settime(made->timer, 0, &at_once, NULL);
    *watch = made;
    errno = saved;
    return DEVICE_AGENT_OK;
}

void device_agent_watch_stop(device_agent_watch* watch) {
    if (watch == NULL) return;
    const int saved = errno;
    da_subscription_end(&watch->subscription);
    da_renewal_cancel(&watch->renewal);
    device_agent_free_identity(watch->known);
    drop(&watch->current);
    for (size_t i = 0; i < watch->queued; ++i)
        drop(&watch->queue[i]);
    if (watch->timer >= 0) (void)close(watch->timer);
    if (watch->epoll >= 0) (void)close(watch->epoll);
    free(watch);
    errno = saved;
}

int device_agent_watch_fd(const device_agent_watch* watch) {
    return watch->epoll;
}

void device_agent_watch_renew(device_agent_watch* watch) {
    const int saved = errno;
    da_renewal_want(&watch->renewal);
    const struct itimerspec at_once = {.it_value = {.tv_nsec = 1}};
    (void)timerfd_settime(watch->timer, 0, &at_once, NULL);
    errno = saved;
}

static int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Has the timer end when the next part is due, or at `deadline`. */
static void set_timer(const device_agent_watch* watch, int64_t deadline) {
    int64_t due = earlier(da_subscription_due(&watch->subscription), da_renewal_due(watch));
    due = watch->queued > 0 ? 0 : earlier(due, deadline);
    struct itimerspec at = {.it_value = {.tv_sec = 0}};
    if (due != DA_NEVER) {
        at.it_value.tv_sec = (time_t)(due / 1000);
        at.it_value.tv_nsec = due % 1000 * 1000000 + 1; /* a time of 0 would switch it off */
    }
    (void)timerfd_settime(watch->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static const device_agent_event* next(device_agent_watch* watch, int64_t deadline) {
    for (;;) {
        const device_agent_event* event = take(watch);
        if (event != NULL) return event;
        da_subscription_step(watch);
        da_renewal_step(watch);
        if (watch->queued > 0) continue;
        if (da_left(deadline) == 0) return NULL;
        set_timer(watch, deadline);
        struct epoll_event ready;
        (void)epoll_wait(watch->epoll, &ready, 1,
                         -1); /* interrupted by a signal: look what is due, and go on */
    }
}

device_agent_code device_agent_watch_next(device_agent_watch* watch, int timeout_ms,
                                          const device_agent_event** event, device_agent_error* error) {
    const int saved = errno;
    *event = next(watch, da_deadline(timeout_ms));
    set_timer(watch, DA_NEVER);
    errno = saved;
    if (*event != NULL) return DEVICE_AGENT_OK;
    return da_fail(error, DEVICE_AGENT_TIMED_OUT, 0, "nothing has happened within %d ms", timeout_ms);
}

device_agent_code device_agent_watch_dispatch(device_agent_watch* watch, int timeout_ms,
                                              device_agent_handler handler, void* context,
                                              device_agent_error* error) {
    const device_agent_event* event = NULL;
    device_agent_code code = device_agent_watch_next(watch, timeout_ms, &event, error);
    if (code != DEVICE_AGENT_OK) return code;
    do {
        handler(event, context);
        code = device_agent_watch_next(watch, 0, &event, NULL);
    } while (code == DEVICE_AGENT_OK);
    return DEVICE_AGENT_OK;
}
