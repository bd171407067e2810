/* SPDX-License-Identifier: Apache-2.0 */
#include "hub.h"

#include <MQTTClient.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#define DESIRED_TOPIC "$iothub/twin/PATCH/properties/desired/#"
#define ANSWER_TOPIC "$iothub/twin/res/#"
#define PATIENCE_MS 10000

struct hub {
    MQTTClient client;
    const hub_listener* listener;
    char telemetry_topic[600];
};

static int publish(hub* connection, const char* topic, const char* text, int wait) {
    MQTTClient_deliveryToken delivery;
    int code = MQTTClient_publish(connection->client, topic, (int)strlen(text), text, 1, 0, &delivery);
    if (code == MQTTCLIENT_SUCCESS && wait)
        code = MQTTClient_waitForCompletion(connection->client, delivery, PATIENCE_MS);
    return code;
}

/* Takes the interval over and reports it, as the answer. */
static void obey(hub* connection, const cJSON* desired) {
    const cJSON* interval = cJSON_GetObjectItemCaseSensitive(desired, "interval");
    if (!cJSON_IsNumber(interval) || interval->valuedouble < 1 || interval->valuedouble > 86400) return;
    const unsigned seconds = (unsigned)interval->valuedouble;
    connection->listener->set_interval(seconds, connection->listener->context);
    char reported[32];
    snprintf(reported, sizeof reported, "{\"interval\":%u}", seconds);
    publish(connection, "$iothub/twin/PATCH/properties/reported/?$rid=reported", reported, 0);
}

/* On a thread of Paho's. The whole twin comes once, as the answer to the question for it; then what is new,
 * by itself. */
static int take_message(void* context, char* topic, int topic_size, MQTTClient_message* message) {
    (void)topic_size;
    cJSON* document = cJSON_ParseWithLength(message->payload, (size_t)message->payloadlen);
    const int is_patch = strncmp(topic, DESIRED_TOPIC, sizeof DESIRED_TOPIC - 2) == 0;
    obey(context, is_patch ? document : cJSON_GetObjectItemCaseSensitive(document, "desired"));
    cJSON_Delete(document);
    MQTTClient_freeMessage(&message);
    MQTTClient_free(topic);
    return 1;
}

static void take_loss(void* context, char* cause) {
    (void)cause;
    const hub* connection = context;
    eventfd_write(connection->listener->lost_fd, 1);
}

static int log_in(hub* connection, const device_agent_credentials* credentials) {
    const device_agent_identity* who = credentials->identity;
    char user[600];
    snprintf(user, sizeof user, "%s/%s/%s/?api-version=2021-04-12", who->hub, who->device, who->module);
    MQTTClient_SSLOptions tls = MQTTClient_SSLOptions_initializer;
    const char* authorities = getenv("CA_FILE");
    tls.trustStore = authorities != NULL ? authorities : "/etc/ssl/certs/ca-certificates.crt";
    tls.verify = 1; /* the name, too */
    MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
    options.MQTTVersion = MQTTVERSION_3_1_1;
    options.keepAliveInterval = 30;
    options.username = user;
    options.password = credentials->token;
    options.ssl = &tls;
    return MQTTClient_connect(connection->client, &options);
}

/* What is desired: the changes from now on, and all of it once, for it may have changed before. */
static int listen_to_twin(hub* connection) {
    int code = MQTTClient_subscribe(connection->client, DESIRED_TOPIC, 0);
    if (code == MQTTCLIENT_SUCCESS) code = MQTTClient_subscribe(connection->client, ANSWER_TOPIC, 0);
    return code == MQTTCLIENT_SUCCESS ? publish(connection, "$iothub/twin/GET/?$rid=twin", "", 0) : code;
}

hub* hub_connect(const device_agent_credentials* credentials, const hub_listener* listener, int* paho_code) {
    const device_agent_identity* who = credentials->identity;
    const char* port = getenv("MQTT_PORT"); /* of an emulator; IoT Hub has 8883 */
    char url[300];
    char client_id[300];
    snprintf(url, sizeof url, "ssl://%s:%s", who->hub, port != NULL ? port : "8883");
    snprintf(client_id, sizeof client_id, "%s/%s", who->device, who->module);
    hub* connection = calloc(1, sizeof *connection);
    if (connection == NULL) abort();
    connection->listener = listener;
    snprintf(connection->telemetry_topic, sizeof connection->telemetry_topic,
             "devices/%s/modules/%s/messages/events/$.ct=application%%2Fjson&$.ce=utf-8", who->device,
             who->module);
    *paho_code = MQTTClient_create(&connection->client, url, client_id, MQTTCLIENT_PERSISTENCE_NONE, NULL);
    if (*paho_code == MQTTCLIENT_SUCCESS) {
        MQTTClient_setCallbacks(connection->client, connection, take_loss, take_message, NULL);
        *paho_code = log_in(connection, credentials);
    }
    if (*paho_code == MQTTCLIENT_SUCCESS) *paho_code = listen_to_twin(connection);
    if (*paho_code == MQTTCLIENT_SUCCESS) return connection;
    hub_disconnect(connection);
    return NULL;
}

void hub_disconnect(hub* connection) {
    if (connection == NULL) return;
    MQTTClient_disconnect(connection->client, 1000);
    MQTTClient_destroy(&connection->client);
    free(connection);
}

int hub_send(hub* connection, const char* json) {
    return publish(connection, connection->telemetry_topic, json, 1);
}
