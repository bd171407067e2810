/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <limits.h>
#include <sys/random.h>
#include <time.h>

int64_t da_now(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now); /* cannot fail: the clock exists since Linux 2.6.39 */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t da_deadline(int timeout_ms) {
    return timeout_ms < 0 ? DA_NEVER : da_now() + timeout_ms;
}

int da_left(int64_t deadline) {
    if (deadline == DA_NEVER) return -1;
    const int64_t left = deadline - da_now();
    if (left <= 0) return 0;
    return left < INT_MAX ? (int)left : INT_MAX;
}

int64_t da_random(int64_t most) {
    uint32_t number = 0;
    /* Without chance (too early in the boot) callers merely come at the same time. */
    if (getrandom(&number, sizeof number, GRND_NONBLOCK) != (ssize_t)sizeof number) number = 0;
    return most <= 0 ? 0 : (int64_t)number % (most + 1);
}

int64_t da_backoff_next(da_backoff* backoff) {
    if (backoff->next == 0) backoff->next = backoff->first;
    const int64_t whole = backoff->next;
    backoff->next = whole < backoff->most / 2 ? whole * 2 : backoff->most;
    return whole / 2 + da_random(whole - whole / 2);
}

void da_backoff_reset(da_backoff* backoff) {
    backoff->next = 0;
}
