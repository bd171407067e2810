/* SPDX-License-Identifier: Apache-2.0 */
/* The lines in which the agent answers, taken apart. The pieces point into the line. */
#ifndef DEVICE_AGENT_CLIENT_TEXT_H
#define DEVICE_AGENT_CLIENT_TEXT_H

#include "answer.h"

typedef struct da_identity_text {
    da_text hub;
    da_text device;
    da_text module; /**< none for a device identity */
} da_identity_text;

/** `hub/device[/module]` */
bool da_read_identity(da_text text, da_identity_text* identity);

typedef struct da_event_text {
    enum { DA_PROVISIONED, DA_CHANGED, DA_REMOVED, DA_UNKNOWN } kind; /**< unknown: of a later version */
    da_identity_text identity;                                        /**< of `removed` it may be missing */
    unsigned what;                                                    /**< DEVICE_AGENT_CHANGED_… */
} da_event_text;

/** `event application hub/device[/module] [what]`; of `what`, the words are parted by commas or spaces. */
bool da_read_event(da_text line, da_event_text* event);

typedef struct da_credentials_text {
    da_identity_text identity;
    da_text token; /**< none with X.509 */
    int64_t expires;
    bool x509;
} da_credentials_text;

/** A connection string of IoT Hub with a SAS token, or with x509=true. */
bool da_read_connection_string(da_text text, da_credentials_text* credentials);

/** The text without the line end that it may have. */
da_text da_line(da_text text);

#endif
