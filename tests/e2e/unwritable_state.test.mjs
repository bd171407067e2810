// SPDX-License-Identifier: Apache-2.0
// A state directory that cannot be written: nobody, not even root, can make a folder below /proc.
import assert from 'node:assert/strict';
import { assertLetIn } from './harness/slots.mjs';
import { test } from './harness/test.mjs';

const stateDirectory = '/proc/device-agent/state';

test('with an unwritable state directory, empty slots in the TPM are filled with a warning', async (bench) => {
  const device = await bench.enrolledDevice({ stateDirectory });
  const { stderr } = await device.expect(0, 'provision');
  assert.match(stderr, /cannot make the state directory \/proc\/device-agent\/state/);
  const { device: deviceId } = await device.json('slot', 'show', '0');
  await assertLetIn(device, 0, { deviceId });
  await assertLetIn(device, 2, { deviceId, moduleId: 'AppB' });
  await device.expect(0, 'provision');
});

test('with an unwritable state directory, a wrapped or an occupied slot is an error, and nothing is changed', async (bench) => {
  const device = await bench.enrolledDevice({ stateDirectory, tpm: { persistentSlots: 2 } });
  const { stderr } = await device.expect(1, 'provision');
  assert.match(stderr, /Nothing was changed/);
  assert.deepEqual(await device.emulator.requests(), []);

  await device.configure({ tpm: { persistentSlots: 10 } });
  await device.expect(0, 'provision');
  const before = await device.tpm.snapshot();
  await device.emulator.forgetRequests();
  await device.configure({ otherModuleIds: { AppC: 2 } });
  await device.expect(1, 'provision');
  assert.deepEqual(await device.tpm.snapshot(), before);
  assert.deepEqual(await device.emulator.requests(), []);
});
