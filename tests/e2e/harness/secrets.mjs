// SPDX-License-Identifier: Apache-2.0
// The secrets of a device, as the service side knows them, and looking for them.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/// Each key of the device and its modules and the auth value of its slots, raw and in base64 and hexadecimal:
/// [{ what, bytes }].
export async function secretsOf(device) {
  const { emulator } = device;
  const { device: deviceId } = await device.json('slot', 'show', String(device.configuration.deviceSlotNumber));
  const { status, body: modules } = await emulator.hubService(emulator.hub, 'GET', `/devices/${deviceId}/modules`);
  assert.equal(status, 200);
  const keys = modules.flatMap(({ moduleId, authentication: { symmetricKey } }) => [
    { what: `primary key of ${moduleId}`, raw: Buffer.from(symmetricKey.primaryKey, 'base64') },
    { what: `secondary key of ${moduleId}`, raw: Buffer.from(symmetricKey.secondaryKey, 'base64') },
  ]);
  const slotAuth = await readFile(join(device.stateDirectory, 'slot-auth'), 'utf8').catch(() => undefined);
  if (slotAuth) keys.push({ what: 'auth value of the slots', raw: Buffer.from(slotAuth, 'base64') });
  return keys.flatMap(({ what, raw }) => [
    { what: `${what}, raw`, bytes: raw },
    { what: `${what}, base64`, bytes: Buffer.from(raw.toString('base64').replace(/=+$/, '')) },
    { what: `${what}, hexadecimal`, bytes: Buffer.from(raw.toString('hex')) },
  ]);
}

// A signed token, whoever signed it: the name of its scheme alone is in every program that makes one.
const TOKEN = /sr=[\w.%-]{1,400}&sig=[\w%]{20}/;

/// What of them is in the bytes.
export function findSecrets(bytes, secrets) {
  const found = secrets.filter((secret) => bytes.includes(secret.bytes)).map(({ what }) => what);
  return TOKEN.test(bytes.toString('latin1')) ? [...found, 'a SAS token'] : found;
}

export function assertHasNone(bytes, secrets, where) {
  assert.deepEqual(findSecrets(bytes, secrets), [], where);
}
