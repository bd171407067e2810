// SPDX-License-Identifier: Apache-2.0
// A state directory on a file system that is read-only or full.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { agentOnDisk } from './harness/file_system.mjs';
import { assertLetIn } from './harness/slots.mjs';
import { test } from './harness/test.mjs';

const DISKS = { 'read-only': /Read-only file system/, full: /No space left on device/ };

async function assertRefusedWithoutChange(device, disk, ...command) {
  const before = await device.tpm.snapshot();
  const files = Object.keys((await device.stateFiles()) ?? {});
  await device.emulator.forgetRequests();
  const { code, stderr } = await agentOnDisk(device, disk, ...command);
  assert.equal(code, 1, stderr);
  assert.match(stderr, DISKS[disk]);
  assert.match(stderr, /Nothing was changed/);
  assert.deepEqual(await device.tpm.snapshot(), before);
  assert.deepEqual(await readdir(`${device.stateDirectory}.after`), files);
  assert.deepEqual(await device.emulator.requests(), []);
}

for (const [disk, reason] of Object.entries(DISKS)) {
  test(`${disk} disk: empty slots in the TPM are filled with a warning`, async (bench) => {
    const device = await bench.enrolledDevice();
    const { code, stderr } = await agentOnDisk(device, disk, 'provision');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /warning the state directory cannot be written; only empty slots in the TPM can be filled/);
    assert.match(stderr, reason);
    const { device: deviceId } = await device.json('slot', 'show', '0');
    for (const [slot, moduleId] of [[0, null], [1, 'dmModule'], [2, 'AppB']]) await assertLetIn(device, slot, { deviceId, moduleId });

    await device.emulator.forgetRequests();
    await device.expect(0, 'provision');  // with room again: nothing is left to do but to note what it was assigned for
    assert.deepEqual(await device.emulator.requests(), []);
    assert.deepEqual(Object.keys(await device.stateFiles()), ['record.json']);
  });

  test(`${disk} disk: where an occupied slot must change, nothing is changed and nobody is called`, async (bench) => {
    const device = await bench.provisionedDevice();
    await device.configure({ otherModuleIds: { AppC: 2 } });
    await assertRefusedWithoutChange(device, disk, 'provision');
    await assertRefusedWithoutChange(device, disk, 'reprovision');
  });

  test(`${disk} disk: where a wrapped slot must be filled, nothing is changed and nobody is called`, async (bench) => {
    const device = await bench.enrolledDevice({ tpm: { persistentSlots: 2 } });
    await assertRefusedWithoutChange(device, disk, 'provision');
  });

  test(`${disk} disk: with slotAuth agent the auth value of the keys must be kept, so nothing is changed`, async (bench) => {
    const device = await bench.enrolledDevice({ tpm: { slotAuth: 'agent' } });
    await assertRefusedWithoutChange(device, disk, 'provision');
  });

  test(`${disk} disk: a provisioned device goes on`, async (bench) => {
    const device = await bench.provisionedDevice({ otherModuleIds: { AppB: 12 } });
    for (const args of [['provision'], ['status'], ['slot', 'list'], ['slot', 'connection-string', '12']]) {
      const { code, stderr } = await agentOnDisk(device, disk, ...args);
      assert.equal(code, 0, stderr);
    }
    assert.deepEqual(await device.emulator.requests(), []);
  });
}
