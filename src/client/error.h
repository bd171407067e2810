/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_AGENT_CLIENT_ERROR_H
#define DEVICE_AGENT_CLIENT_ERROR_H

#include "device_agent/client.h"

/** Fills `error` unless it is NULL, and returns `code`. The text is cut to what fits, and made one printable
 * line. */
__attribute__((format(printf, 4, 5))) device_agent_code da_fail(device_agent_error* error,
                                                                device_agent_code code, int system_error,
                                                                const char* format, ...);

/** No memory, or no descriptor: `what` could not be had, as `system_error` says. */
device_agent_code da_fail_locally(device_agent_error* error, int system_error, const char* what);

/** Nobody answers at `path`: connecting failed with `system_error`. */
device_agent_code da_fail_to_connect(device_agent_error* error, int system_error, const char* path);

#endif
