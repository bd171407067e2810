// SPDX-License-Identifier: Apache-2.0
// A device that attests by its TPM, killed at every point.
import assert from 'node:assert/strict';
import { assertLetIn, EK, keyHandle, nvIndex, SRK } from '../e2e/harness/slots.mjs';
import { NOTHING_LOADED } from '../e2e/harness/software_tpm.mjs';
import { test } from '../e2e/harness/test.mjs';
import { killEverywhere } from './killing.mjs';

const PERSISTENT = 2;  // slots 0 and 1 lie in the TPM, the others are wrapped files
const TPM = { persistentSlots: PERSISTENT };

const MODULES = { 1: 'dmModule', 2: 'AppB' };

async function assertAsIfNothingHadHappened(device, modules, hub) {
  const name = device.emulator.info.hubs[hub];
  const { device: deviceId } = await device.json('slot', 'show', '0');
  await assertLetIn(device, 0, { hub: name, deviceId });
  for (const [slot, moduleId] of Object.entries(modules)) await assertLetIn(device, Number(slot), { hub: name, deviceId, moduleId });

  const inTpm = [0, ...Object.keys(modules).map(Number)].filter((slot) => slot < PERSISTENT);
  assert.deepEqual(await device.tpm.handles('handles-persistent'), [SRK, ...inTpm.map((slot) => keyHandle(slot)), EK]);
  assert.deepEqual(await device.tpm.handles('handles-nv-index'), inTpm.map((slot) => nvIndex(slot)));
  assert.deepEqual(await device.tpm.loaded(), NOTHING_LOADED);
  const wrapped = Object.keys(modules).map(Number).filter((slot) => slot >= PERSISTENT);
  assert.deepEqual(Object.keys(await device.stateFiles()), ['record.json', ...wrapped.map((slot) => `slot-${slot}`)]);
}

test('a first provisioning, killed at any point, loses nothing and ends well when run again', (bench) => killEverywhere(bench, {
  start: (inner) => inner.enrolledDevice({ tpm: TPM }),
  command: ['provision'],
  check: (device) => assertAsIfNothingHadHappened(device, MODULES, 0),
}));

test('an added module, killed at any point, loses nothing and ends well when run again', (bench) => killEverywhere(bench, {
  start: async (inner) => {
    const device = await inner.provisionedDevice({ tpm: TPM, otherModuleIds: {} });
    await device.configure({ otherModuleIds: { AppB: 2 } });
    return device;
  },
  command: ['provision'],
  check: (device) => assertAsIfNothingHadHappened(device, MODULES, 0),
}));

test('a move to another hub, killed at any point, loses nothing and ends well when run again', (bench) => killEverywhere(bench, {
  start: async (inner) => {
    const device = await inner.provisionedDevice({ tpm: TPM });
    await device.enroll('--hub', device.emulator.info.hubs[1]);
    return device;
  },
  command: ['reprovision'],
  check: (device) => assertAsIfNothingHadHappened(device, MODULES, 1),
}));
