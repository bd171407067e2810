/* SPDX-License-Identifier: Apache-2.0 */
/* An application that knows the library only as it is installed. Prints who it is and that it got a token. */
#include <device_agent/client.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    device_agent_error error;
    device_agent_client* client = NULL;
    device_agent_identity* identity = NULL;
    device_agent_credentials* credentials = NULL;
    if (device_agent_open(NULL, NULL, &client, &error) != DEVICE_AGENT_OK ||
        device_agent_wait(client, 10000, &identity, &error) != DEVICE_AGENT_OK ||
        device_agent_get_credentials(client, 60, 10000, &credentials, &error) != DEVICE_AGENT_OK) {
        fprintf(stderr, "%s\n", error.message);
        return error.code;
    }
    printf("C: %s/%s/%s, token of %s\n", identity->hub, identity->device, identity->module,
           strstr(credentials->token, "SharedAccessSignature ") == credentials->token ? "the right form"
                                                                                      : "no form");
    device_agent_free_credentials(credentials);
    device_agent_free_identity(identity);
    device_agent_close(client);
    return 0;
}
