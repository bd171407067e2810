// SPDX-License-Identifier: Apache-2.0
// Where the slots lie in a TPM, and what must be true of a filled one.
import assert from 'node:assert/strict';
import { verdictOn } from './admission.mjs';
import { parseConnectionString, parseToken } from './sas.mjs';

export const SRK = 0x81000001;
export const EK = 0x81010001;
export const keyHandle = (slot, base = 0x81000100) => base + slot;
export const nvIndex = (slot, base = 0x01400100) => base + slot;

/// The hub lets the slot's connection string in, as this identity.
export async function assertLetIn(device, slot, { hub = device.emulator.hub, deviceId, moduleId = null }) {
  const connectionString = await device.connectionString(slot);
  const fields = parseConnectionString(connectionString);
  assert.equal(fields.HostName, hub);
  assert.equal(fields.DeviceId, deviceId);
  assert.equal(fields.ModuleId ?? null, moduleId);
  const verdict = await verdictOn(device, connectionString);
  assert.equal(verdict.letIn, true, `slot ${slot}: ${JSON.stringify(verdict)}`);
}

/// The slot's token is signed by the key at its handle, as tpm2_hmac sees it.
export async function assertSignedBy(device, slot, handle, auth) {
  const token = parseToken(await device.token(slot));
  assert.equal(await device.tpm.hmac(handle, token.signed, auth), token.signature);
}

/// Slot 0 holds a device that the hub lets in, and so do the others with its modules: { slot: module id }.
export async function assertAllLetIn(device, modules, hub = device.emulator.hub) {
  const { device: deviceId } = await device.json('slot', 'show', '0');
  await assertLetIn(device, 0, { hub, deviceId });
  for (const [slot, moduleId] of Object.entries(modules)) await assertLetIn(device, Number(slot), { hub, deviceId, moduleId });
}
