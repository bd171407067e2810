/* SPDX-License-Identifier: Apache-2.0 */
#include "presence.h"

#include <errno.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

static const unsigned appearing =
    IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

/* The folder of the first `size` bytes of a path, as the number of bytes that name it; 0 for the one we are
 * in. */
static size_t parent(const char* path, size_t size) {
    while (size > 0 && path[size - 1] == '/')
        --size;
    while (size > 0 && path[size - 1] != '/')
        --size;
    while (size > 1 && path[size - 1] == '/')
        --size;
    return size;
}

/* Looks at a folder, and no more at the one before; false when it is not there. */
static bool look_at(da_presence* presence, size_t size) {
    char folder[sizeof presence->path];
    memcpy(folder, presence->path, size);
    folder[size] = '\0';
    if (presence->watched >= 0) (void)inotify_rm_watch(presence->fd, presence->watched);
    presence->watched = inotify_add_watch(presence->fd, size == 0 ? "." : folder, appearing);
    presence->folder = size;
    return presence->watched >= 0;
}

static bool exists(const da_presence* presence, size_t size) {
    char folder[sizeof presence->path];
    memcpy(folder, presence->path, size);
    folder[size] = '\0';
    return access(folder, F_OK) == 0;
}

/* What appears in between must not be missed: so once more from the top when a deeper folder has come by
 * then. */
static void look(da_presence* presence) {
    const size_t deepest = parent(presence->path, strlen(presence->path));
    for (int tries = 0; tries < 16; ++tries) {
        size_t size = deepest;
        size_t missing = 0;
        while (!look_at(presence, size) && size > 0) {
            missing = size;
            size = parent(presence->path, size);
        }
        if (missing == 0 || !exists(presence, missing)) return;
    }
}

void da_presence_begin(da_presence* presence, const char* path) {
    da_presence_end(presence);
    presence->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (presence->fd < 0) return;
    (void)snprintf(presence->path, sizeof presence->path, "%s", path);
    look(presence);
}

/* Whether an event is about the next part of the path, or about the folder itself. */
static bool concerns(const da_presence* presence, const struct inotify_event* event) {
    if (event->wd != presence->watched) return false; /* of a folder that was looked at before */
    if (event->len == 0) return true;
    const char* next = presence->path + presence->folder;
    while (*next == '/')
        ++next;
    const size_t size = strcspn(next, "/");
    return strncmp(event->name, next, size) == 0 && event->name[size] == '\0';
}

bool da_presence_changed(da_presence* presence) {
    if (presence->fd < 0) return false;
    bool changed = false;
    for (;;) {
        alignas(struct inotify_event) char events[4096];
        const ssize_t size = read(presence->fd, events, sizeof events);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) break;
        for (const char* at = events; at < events + size;) {
            const struct inotify_event* event = (const struct inotify_event*)at;
            changed = changed || concerns(presence, event);
            at += sizeof *event + event->len;
        }
    }
    if (changed) look(presence);
    return changed;
}

void da_presence_end(da_presence* presence) {
    if (presence->fd >= 0) (void)close(presence->fd);
    presence->fd = -1;
    presence->watched = -1;
}
