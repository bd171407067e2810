/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_AGENT_CLIENT_CLIENT_H
#define DEVICE_AGENT_CLIENT_CLIENT_H

#include "exchange.h"

struct device_agent_client {
    da_settings settings; /**< never changes */
};

/** Request and answer of the credentials. `request` has room for DA_CREDENTIALS_REQUEST bytes. */
#define DA_CREDENTIALS_PATH "/v1/identity/connection-string"
#define DA_CREDENTIALS_REQUEST 32u
void da_write_credentials_request(char* request, unsigned expiry);
device_agent_code da_take_credentials(const da_exchange* exchange, device_agent_credentials** credentials,
                                      device_agent_error* error);

#endif
