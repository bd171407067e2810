/* SPDX-License-Identifier: Apache-2.0 */
/* Time and chance. All times are milliseconds of CLOCK_BOOTTIME: it goes on while the machine sleeps, and
 * nobody sets it. */
#ifndef DEVICE_AGENT_CLIENT_CLOCK_H
#define DEVICE_AGENT_CLIENT_CLOCK_H

#include <stdint.h>

/** A moment that never comes. */
#define DA_NEVER INT64_MAX

int64_t da_now(void);

/** The moment `timeout_ms` from now, as the public functions take it: negative is never. */
int64_t da_deadline(int timeout_ms);

/** What is left until `deadline`, as poll() takes it: -1 for ever, 0 when it has passed. */
int da_left(int64_t deadline);

/** A number from 0 to `most`, by chance. */
int64_t da_random(int64_t most);

/** Growing delays: each lies between half and the whole of twice the one before, up to a most. */
typedef struct da_backoff {
    int64_t first;
    int64_t most;
    int64_t next; /**< 0 before the first */
} da_backoff;

int64_t da_backoff_next(da_backoff* backoff);
void da_backoff_reset(da_backoff* backoff);

#endif
