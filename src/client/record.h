/* SPDX-License-Identifier: Apache-2.0 */
/* What is handed out. Each record is one block of memory with all its text, so that it is wiped as a whole.
 */
#ifndef DEVICE_AGENT_CLIENT_RECORD_H
#define DEVICE_AGENT_CLIENT_RECORD_H

#include "device_agent/client.h"
#include "text.h"

/** NULL without memory. */
device_agent_identity* da_make_identity(const da_identity_text* text,
                                        device_agent_authentication authentication);
device_agent_identity* da_copy_identity(const device_agent_identity* identity);

/** `files`: the head of the answer, which names the certificate and its key where X.509 is used. NULL without
 * memory. */
device_agent_credentials* da_make_credentials(da_text connection_string, const da_credentials_text* text,
                                              const da_head* files);

bool da_same_identity(const device_agent_identity* a, const device_agent_identity* b);

#endif
