#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sends one message as a module, with curl and mosquitto_pub. Each run asks the agent anew, so it follows the device to
# another hub by itself, and needs no timer for its token.
#
# usage: publish.sh MESSAGE
#        DEVICE_AGENT_APPLICATION names the module for a user who may use several
set -euo pipefail

socket=${DEVICE_AGENT_SOCKET:-/run/device-agent/device-agent.sock}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# HostName=…;DeviceId=…;ModuleId=…;SharedAccessSignature=…
connection_string=$(curl --silent --show-error --fail-with-body --unix-socket "$socket" --request POST \
    --header 'Accept: text/plain' \
    "http://localhost/v1/identity/connection-string${DEVICE_AGENT_APPLICATION:+?application=$DEVICE_AGENT_APPLICATION}") || {
    echo "publish.sh: $connection_string" >&2
    exit 1
}
part() { sed "s/.*$1=//; s/;.*//" <<<"$connection_string"; }
hub=$(part HostName)
client_id=$(part DeviceId)/$(part ModuleId)

# The token goes by a file of options that only we can read: everyone can see a program's arguments.
(umask 077 && printf '%s\n' "-P ${connection_string#*SharedAccessSignature=}" "-u $hub/$client_id/?api-version=2021-04-12" >"$folder/mosquitto_pub")
XDG_CONFIG_HOME=$folder mosquitto_pub -h "$hub" -p "${MQTT_PORT:-8883}" --cafile "${CA_FILE:-/etc/ssl/certs/ca-certificates.crt}" \
    -i "$client_id" -q 1 -t "devices/$(part DeviceId)/modules/$(part ModuleId)/messages/events/\$.ct=application%2Fjson&\$.ce=utf-8" \
    -m "$1"
