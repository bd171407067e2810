/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What the agent wrote may be part of a message, and a message may end on a terminal. */
static void make_printable(char* text) {
    for (; *text != '\0'; ++text) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = ' ';
    }
}

device_agent_code da_fail(device_agent_error* error, device_agent_code code, int system_error,
                          const char* format, ...) {
    if (error == NULL) return code;
    *error = (device_agent_error){.code = code, .system_error = system_error};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    make_printable(error->message);
    return code;
}

/* The text of an errno; strerror() would share its buffer with other threads. */
static const char* words(int system_error) {
    const char* text = strerrordesc_np(system_error);
    return text != NULL ? text : "unknown error";
}

device_agent_code da_fail_locally(device_agent_error* error, int system_error, const char* what) {
    return da_fail(error, DEVICE_AGENT_FAILED, system_error, "%s: %s", what, words(system_error));
}

device_agent_code da_fail_to_connect(device_agent_error* error, int system_error, const char* path) {
    switch (system_error) {
        case ENOENT:
        case ENOTDIR:
        case ECONNREFUSED:
            return da_fail(error, DEVICE_AGENT_NOT_RUNNING, system_error,
                           "the Device Agent does not listen at %s (%s): start it (device-agent run), or set "
                           "DEVICE_AGENT_SOCKET to its socket",
                           path, words(system_error));
        case EACCES:
        case EPERM:
            return da_fail(error, DEVICE_AGENT_PERMISSION, system_error,
                           "this user may not reach %s (%s): let it through to the socket's folder", path,
                           words(system_error));
        case EAGAIN:
            return da_fail(error, DEVICE_AGENT_NOT_RUNNING, system_error,
                           "too many wait at %s for the Device Agent: try again later", path);
        default:
            return da_fail_locally(error, system_error, path);
    }
}
