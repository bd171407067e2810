/* SPDX-License-Identifier: Apache-2.0 */
/* A module's connection to IoT Hub, by MQTT over TLS. */
#ifndef HUB_H
#define HUB_H

#include <device_agent/client.h>

typedef struct hub hub;

/* Called on a thread of Paho's when a desired property "interval" comes: seconds between two messages. */
typedef void (*interval_handler)(unsigned seconds, void* context);

typedef struct hub_listener {
    interval_handler set_interval;
    void* context;
    int lost_fd; /* an eventfd that is written to when the connection is lost */
} hub_listener;

/* NULL when it cannot be, and *paho_code says why, as MQTTClient_connect() does: 4 and 5 are a token that the
 * hub does not take. `listener` outlives the connection. */
hub* hub_connect(const device_agent_credentials* credentials, const hub_listener* listener, int* paho_code);

/* NULL is allowed. */
void hub_disconnect(hub* connection);

/* Returns 0 when the hub has it. */
int hub_send(hub* connection, const char* json);

#endif
