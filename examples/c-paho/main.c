/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A module in C: sends a message every few seconds, answers the desired property "interval", and stays
 * connected: with a new token before the old one expires, and to another hub when the device is moved.
 *
 * Every connection is made upon credentials from the Device Agent. When one is lost, the next credentials are
 * asked for, and the same path is taken again.
 */
#include "hub.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define TOKEN_LIFE 3600
#define FIRST_PAUSE 1000
#define LONGEST_PAUSE 60000

typedef struct module {
    hub* connection; /* NULL: none */
    hub_listener listener;
    atomic_uint interval; /* seconds; set by a thread of Paho's */
    unsigned sent;
    long long send_at; /* milliseconds; of these two one is in use, as there is a connection or not */
    long long ask_at;
    int pause;
} module;

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return (long long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void set_interval(unsigned seconds, void* context) {
    atomic_store(&((module*)context)->interval, seconds);
}

/* Half of each pause is by chance, so that a fleet that lost its hub does not come back at once. */
static void try_later(module* self) {
    hub_disconnect(self->connection);
    self->connection = NULL;
    self->ask_at = now() + self->pause / 2 + rand() % self->pause / 2;
    self->pause = self->pause < LONGEST_PAUSE / 2 ? self->pause * 2 : LONGEST_PAUSE;
}

static void connect_to_hub(module* self, const device_agent_credentials* credentials) {
    if (credentials->token == NULL || credentials->identity->module == NULL) {
        fprintf(stderr, "this example is for modules; the agent gave it %s\n", credentials->identity->device);
        exit(1);
    }
    hub_disconnect(self->connection);
    int code = 0;
    self->connection = hub_connect(credentials, &self->listener, &code);
    if (self->connection == NULL) {
        fprintf(stderr, "%s: not connected (Paho says %d)\n", credentials->identity->hub, code);
        try_later(self);
        return;
    }
    printf("connected to %s as %s/%s\n", credentials->identity->hub, credentials->identity->device,
           credentials->identity->module);
    self->pause = FIRST_PAUSE;
    self->send_at = now();
}

static void handle(const device_agent_event* event, void* context) {
    module* self = context;
    switch (event->kind) {
        case DEVICE_AGENT_CREDENTIALS:
            connect_to_hub(self, event->credentials);
            break;
        case DEVICE_AGENT_REMOVED:
            printf("the identity was removed\n");
            hub_disconnect(self->connection);
            self->connection = NULL;
            self->ask_at = 0;
            break;
        case DEVICE_AGENT_GONE:
        case DEVICE_AGENT_REFUSED:
            fprintf(stderr, "%s\n", event->error->message);
            break;
        default:
            break; /* credentials follow */
    }
}

static void send_message(module* self) {
    char text[64];
    snprintf(text, sizeof text, "{\"from\":\"c-paho\",\"number\":%u}", ++self->sent);
    if (hub_send(self->connection, text) == 0) {
        self->send_at = now() + 1000LL * atomic_load(&self->interval);
    } else {
        try_later(self);
    }
}

static int time_left(const module* self) {
    const long long at = self->connection != NULL ? self->send_at : self->ask_at;
    if (at == 0) return -1; /* until the agent says something */
    const long long left = at - now();
    return left > 0 ? (int)left : 0;
}

static void act_on_time(module* self, device_agent_watch* watch) {
    if (time_left(self) != 0) return;
    if (self->connection != NULL) {
        send_message(self);
    } else {
        self->ask_at = 0;
        device_agent_watch_renew(watch);
    }
}

/* Until SIGTERM or SIGINT. */
static void run(module* self, device_agent_watch* watch, int signals) {
    for (;;) {
        struct pollfd waited[] = {{device_agent_watch_fd(watch), POLLIN, 0},
                                  {self->listener.lost_fd, POLLIN, 0},
                                  {signals, POLLIN, 0}};
        poll(waited, 3, time_left(self));
        if (waited[2].revents != 0) return;
        eventfd_t losses;
        if (waited[1].revents != 0 && eventfd_read(self->listener.lost_fd, &losses) == 0 &&
            self->connection != NULL)
            try_later(self);
        device_agent_watch_dispatch(watch, 0, handle, self, NULL);
        act_on_time(self, watch);
    }
}

/* Before Paho has its threads, so that none of them takes the signals. */
static int take_signals(void) {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    return signalfd(-1, &wanted, SFD_CLOEXEC);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    srand((unsigned)now());
    const int signals = take_signals();
    module self = {.interval = 1, .pause = FIRST_PAUSE};
    self.listener = (hub_listener){set_interval, &self, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};

    device_agent_error error;
    device_agent_client* client = NULL;
    device_agent_watch* watch = NULL;
    if (device_agent_open(NULL, getenv("DEVICE_AGENT_APPLICATION"), &client, &error) != DEVICE_AGENT_OK ||
        device_agent_watch_start(client, TOKEN_LIFE, &watch, &error) != DEVICE_AGENT_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    run(&self, watch, signals);
    hub_disconnect(self.connection);
    device_agent_watch_stop(watch);
    device_agent_close(client);
    return 0;
}
