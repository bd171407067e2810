// SPDX-License-Identifier: Apache-2.0
// Whether a hub lets somebody in: the one place that says how it is asked, which is by MQTT, as an application would.
import { clientCertificate } from './attestations.mjs';
import { mqttConnect } from './mqtt.mjs';

const ACCEPTED = 0;

/// { letIn, returnCode, reason } for a connection string of the device; the reason of a refusal, which MQTT does not
/// tell, is the control API's.
export async function verdictOn(device, connectionString) {
  const byCertificate = /;x509=true(;|$)/.test(connectionString);
  const certificate = byCertificate ? await clientCertificate(device) : undefined;
  const returnCode = await mqttConnect(device.emulator, connectionString, certificate);
  if (returnCode === ACCEPTED) return { letIn: true, returnCode, reason: null };
  const { reason } = await device.emulator.verify(connectionString, certificate?.cert);
  return { letIn: false, returnCode, reason };
}
