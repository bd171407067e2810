// SPDX-License-Identifier: Apache-2.0
// Whether a hub lets somebody in: the one place that says how it is asked.
import { clientCertificate } from './attestations.mjs';

/// { letIn, hub, deviceId, moduleId, reason } for a connection string of the device.
export async function verdictOn(device, connectionString) {
  if (!/;x509=true(;|$)/.test(connectionString)) return device.emulator.verify(connectionString);
  return device.emulator.verifyCertificate(connectionString, await clientCertificate(device));
}
