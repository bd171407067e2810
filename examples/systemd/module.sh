#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A module that knows nothing of the Device Agent: its connection string is a credential, which systemd has put there
# before it starts. It ends when the hub turns it away, and systemd starts it again with a new one.
set -euo pipefail

connection_string=$(<"$CREDENTIALS_DIRECTORY/iothub-connection-string")
part() { sed "s/.*$1=//; s/;.*//" <<<"$connection_string"; }
hub=$(part HostName)
client_id=$(part DeviceId)/$(part ModuleId)

# The token goes by a file of options that only we can read: everyone can see a program's arguments.
export XDG_CONFIG_HOME=$RUNTIME_DIRECTORY
(umask 077 && printf '%s\n' "-P ${connection_string#*SharedAccessSignature=}" "-u $hub/$client_id/?api-version=2021-04-12" >"$RUNTIME_DIRECTORY/mosquitto_pub")

while printf '{"from": "systemd"}\n'; do
    sleep 1
done | mosquitto_pub -l -h "$hub" -p "${MQTT_PORT:-8883}" --cafile "${CA_FILE:-/etc/ssl/certs/ca-certificates.crt}" -i "$client_id" -q 1 \
    -t "devices/$(part DeviceId)/modules/$(part ModuleId)/messages/events/\$.ct=application%2Fjson&\$.ce=utf-8"
