/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"
#include "clock.h"
#include "error.h"
#include "record.h"

#include <errno.h>

/* How an identity authenticates is told by the agent alone, and no event says it of a device. */
static device_agent_code finish(const device_agent_client* client, const device_agent_identity* told,
                                int64_t deadline, device_agent_identity** identity,
                                device_agent_error* error) {
    if (told->authentication == DEVICE_AGENT_UNTOLD)
        return device_agent_get_identity(client, da_left(deadline), identity, error);
    *identity = da_copy_identity(told);
    return *identity != NULL ? DEVICE_AGENT_OK : da_fail_locally(error, ENOMEM, "keeping an identity");
}

device_agent_code device_agent_wait(const device_agent_client* client, int timeout_ms,
                                    device_agent_identity** identity, device_agent_error* error) {
    *identity = NULL;
    const int64_t deadline = da_deadline(timeout_ms);
    device_agent_watch* watch = NULL;
    device_agent_code code = device_agent_watch_start(client, DEVICE_AGENT_NO_RENEWAL, &watch, error);
    device_agent_error gone = {.code = DEVICE_AGENT_OK};
    while (code == DEVICE_AGENT_OK && *identity == NULL) {
        const device_agent_event* event = NULL;
        code = device_agent_watch_next(watch, da_left(deadline), &event, NULL);
        if (code != DEVICE_AGENT_OK) {
            (void)da_fail(error, code, gone.system_error, "after %d ms: %s", timeout_ms,
                          gone.code != DEVICE_AGENT_OK
                              ? gone.message
                              : "the Device Agent runs, and this identity is not there "
                                "yet; `device-agent status` tells why");
        } else if (event->kind == DEVICE_AGENT_PROVISIONED) {
            code = finish(client, event->identity, deadline, identity, error);
        } else if (event->kind == DEVICE_AGENT_REFUSED) {
            code = event->error->code;
            if (error != NULL) *error = *event->error;
        } else if (event->kind == DEVICE_AGENT_GONE) {
            gone = *event->error;
        } else if (event->kind == DEVICE_AGENT_BACK) {
            gone.code = DEVICE_AGENT_OK;
        }
    }
    device_agent_watch_stop(watch);
    return code;
}
