// SPDX-License-Identifier: Apache-2.0
// Devices that attest by a certificate or a symmetric key, with either store, killed at every point.
import assert from 'node:assert/strict';
import { enrolledAttestingDevice, isCertificate } from '../e2e/harness/attestations.mjs';
import { assertLetIn, keyHandle, nvIndex } from '../e2e/harness/slots.mjs';
import { NOTHING_LOADED } from '../e2e/harness/software_tpm.mjs';
import { test } from '../e2e/harness/test.mjs';
import { killEverywhere } from './harness/interruption.mjs';

const IDENTITIES = { 0: null, 1: 'dmModule', 2: 'AppB' };
const SLOTS = Object.keys(IDENTITIES).map(Number);

async function assertAsIfNothingHadHappened(device, kind) {
  const { device: deviceId } = await device.json('slot', 'show', '0');
  for (const slot of SLOTS) await assertLetIn(device, slot, { deviceId, moduleId: IDENTITIES[slot] });
  const files = Object.keys(await device.stateFiles());
  if (!device.tpm) {
    assert.deepEqual(files, ['record.json', ...SLOTS.map((slot) => `slot-${slot}`)]);
    return;
  }
  assert.deepEqual(files, ['record.json']);
  const keys = SLOTS.filter((slot) => slot !== 0 || !isCertificate(kind)).map((slot) => keyHandle(slot));
  const handles = await device.tpm.handles('handles-persistent');
  assert.deepEqual(handles.filter((handle) => handle >= keyHandle(0) && handle <= keyHandle(9)), keys);
  assert.deepEqual(await device.tpm.handles('handles-nv-index'), SLOTS.map((slot) => nvIndex(slot)));
  assert.deepEqual(await device.tpm.loaded(), NOTHING_LOADED);
}

// Each kind with one store, each store with a certificate and with a key: the steps are the same for the others.
for (const [kind, identityStore] of [
  ['x509 individual', 'tpm'], ['x509 group', 'file'], ['symmetricKey individual', 'file'], ['symmetricKey group', 'tpm'],
]) {
  test(`${kind}, ${identityStore} store: a first provisioning, killed at any point, ends well when run again`, (bench) => killEverywhere(bench, {
    start: (inner) => enrolledAttestingDevice(inner, kind, { identityStore }),
    command: ['provision'],
    leastCalls: 30,
    sample: 2,
    check: (device) => assertAsIfNothingHadHappened(device, kind),
  }));
}

test('from the TPM to a certificate, killed at any point, ends well when run again', (bench) => killEverywhere(bench, {
  start: async (inner) => {
    const device = await enrolledAttestingDevice(inner, 'x509 individual');
    const { attestation } = device.configuration;
    await device.configure({ attestation: undefined, registrationId: 'by-tpm' });
    await device.enroll('--device-id', 'press-4');
    await device.expect(0, 'provision');
    await device.configure({ attestation, registrationId: undefined });
    return device;
  },
  command: ['provision'],
  leastCalls: 30,
  sample: 2,
  check: (device) => assertAsIfNothingHadHappened(device, 'x509 individual'),
}));
