/* SPDX-License-Identifier: Apache-2.0 */
/* Tells when a socket that is not there may have come: by inotify, on the nearest folder of its path that
 * exists. */
#ifndef DEVICE_AGENT_CLIENT_PRESENCE_H
#define DEVICE_AGENT_CLIENT_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct da_presence {
    int fd;         /**< readable when something happened there; -1: not looking */
    int watched;    /**< inotify's number of the folder, or -1 */
    char path[108]; /**< of the socket */
    size_t folder;  /**< how much of the path names the folder that is looked at */
} da_presence;

/** Looks from now on; `presence` was begun as {.fd = -1}. Without inotify (none left) `fd` stays -1, and the
 * caller must try now and then. */
void da_presence_begin(da_presence* presence, const char* path);

/** Never blocks: whether the next part of the path may have appeared since the last call; looks on from
 * there. */
bool da_presence_changed(da_presence* presence);

void da_presence_end(da_presence* presence);

#endif
