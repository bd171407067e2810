// SPDX-License-Identifier: Apache-2.0
// Every way to lay the slots out provisions, and gives tokens that the hub lets in and that the right key signed.
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseToken } from './harness/sas.mjs';
import { assertLetIn, assertSignedBy, EK, keyHandle, nvIndex, SRK } from './harness/slots.mjs';
import { NOTHING_LOADED } from './harness/software_tpm.mjs';
import { test } from './harness/test.mjs';

/// Provisions, and checks that the slots of this table ({slot: module id, null for the device}) are filled and good.
async function assertProvisions(device, table) {
  await device.enroll('--device-id', 'truck-7');
  await device.expect(0, 'provision');
  for (const [slot, moduleId] of Object.entries(table)) {
    await assertLetIn(device, Number(slot), { deviceId: 'truck-7', moduleId });
  }
  assert.deepEqual(await device.tpm.loaded(), NOTHING_LOADED);
  assert.deepEqual((await device.json('provision')).plan, [], 'a second run has nothing to do');
}

test('the device slot need not be 0', async (bench) => {
  const device = await bench.blankDevice({ deviceSlotNumber: 4, dmModuleSlotNumber: 0, otherModuleIds: { AppB: 9 } });
  await assertProvisions(device, { 4: null, 0: 'dmModule', 9: 'AppB' });
  assert.deepEqual(await device.tpm.handles('handles-persistent'), [SRK, keyHandle(0), keyHandle(4), keyHandle(9), EK]);
  await assertSignedBy(device, 4, keyHandle(4));
});

test('with equal slots the agent uses the device twin', async (bench) => {
  const device = await bench.blankDevice({ deviceSlotNumber: 1, dmModuleSlotNumber: 1, otherModuleIds: { AppB: 2 } });
  await assertProvisions(device, { 1: null, 2: 'AppB' });
  const modules = await device.emulator.hubService(device.emulator.hub, 'GET', '/devices/truck-7/modules');
  assert.deepEqual(modules.body.map(({ moduleId }) => moduleId), ['AppB']);
});

test('slots above 9 are TPM-wrapped files', async (bench) => {
  const device = await bench.blankDevice({ dmModuleSlotNumber: 10, otherModuleIds: { AppB: 50 } });
  await assertProvisions(device, { 0: null, 10: 'dmModule', 50: 'AppB' });
  assert.deepEqual(await device.tpm.handles('handles-persistent'), [SRK, keyHandle(0), EK]);
  assert.deepEqual(await device.tpm.handles('handles-nv-index'), [nvIndex(0)]);
  const files = await device.stateFiles();
  for (const name of ['slot-10', 'slot-50']) assert.equal(files[name]?.mode, 0o600, `${name} in ${Object.keys(files)}`);
  const { slots } = await device.json('slot', 'list');
  assert.deepEqual(slots.filter(({ state }) => state === 'filled').map(({ slot, key }) => [slot, key]), [[0, 'tpm'], [10, 'wrapped'], [50, 'wrapped']]);
});

test('a wrapped slot is of no use with another TPM', async (bench) => {
  const device = await bench.blankDevice({ dmModuleSlotNumber: 10 });
  await device.enroll();
  await device.expect(0, 'provision');
  const stranger = await bench.startTpm('another-tpm');
  await device.configure({ tpm: { tcti: stranger.tcti } });
  const { stdout, stderr } = await device.expect(4, 'slot', 'token', '10');
  assert.equal(stdout, '');
  assert.match(stderr, /another TPM/);
});

test('persistentSlots 0 puts every slot on the disk', async (bench) => {
  const device = await bench.blankDevice({ tpm: { persistentSlots: 0 } });
  await assertProvisions(device, { 0: null, 1: 'dmModule', 2: 'AppB' });
  assert.deepEqual(await device.tpm.handles('handles-persistent'), [SRK, EK]);
  assert.deepEqual(await device.tpm.handles('handles-nv-index'), []);
});

test('persistentSlots 3 puts slots 0 to 2 in the TPM and the others on the disk', async (bench) => {
  const device = await bench.blankDevice({ otherModuleIds: { AppB: 2, AppC: 3 }, tpm: { persistentSlots: 3 } });
  await assertProvisions(device, { 0: null, 1: 'dmModule', 2: 'AppB', 3: 'AppC' });
  assert.deepEqual(await device.tpm.handles('handles-persistent'), [SRK, keyHandle(0), keyHandle(1), keyHandle(2), EK]);
  assert.deepEqual(await device.tpm.handles('handles-nv-index'), [nvIndex(0), nvIndex(1), nvIndex(2)]);
  assert.ok((await device.stateFiles())['slot-3']);
});

test('a hub allows fifty modules, and each gets its slot', async (bench) => {
  const otherModuleIds = Object.fromEntries(Array.from({ length: 49 }, (_, number) => [`App${number + 2}`, number + 2]));
  const device = await bench.blankDevice({ otherModuleIds, tpm: { persistentSlots: 3 } });
  await device.enroll('--device-id', 'truck-7');
  const { slots } = await device.json('provision');
  assert.deepEqual(slots.map(({ slot, state, module }) => [slot, state, module]),
    [[0, 'filled', null], [1, 'filled', 'dmModule'], ...Object.entries(otherModuleIds).map(([module, slot]) => [slot, 'filled', module])]);
  await assertLetIn(device, 50, { deviceId: 'truck-7', moduleId: 'App50' });
  assert.deepEqual(await device.tpm.loaded(), NOTHING_LOADED);
});

test('both bases can be moved', async (bench) => {
  const bases = { keyHandleBase: '0x81000200', nvIndexBase: '0x01400200' };
  const device = await bench.blankDevice({ tpm: bases });
  await assertProvisions(device, { 0: null, 1: 'dmModule', 2: 'AppB' });
  const [key, nv] = [Number(bases.keyHandleBase), Number(bases.nvIndexBase)];
  assert.deepEqual(await device.tpm.handles('handles-persistent'), [SRK, keyHandle(0, key), keyHandle(1, key), keyHandle(2, key), EK]);
  assert.deepEqual(await device.tpm.handles('handles-nv-index'), [nvIndex(0, nv), nvIndex(1, nv), nvIndex(2, nv)]);
  await assertSignedBy(device, 2, keyHandle(2, key));
});

test('a TPM with owner and endorsement passwords provisions', async (bench) => {
  const device = await bench.blankDevice();
  await device.tpm.tool('changeauth', '-c', 'owner', 'owner-secret');
  await device.tpm.tool('changeauth', '-c', 'endorsement', 'endorsement-secret');
  const [ownerAuthFile, endorsementAuthFile] = [join(bench.folder, 'owner'), join(bench.folder, 'endorsement')];
  await writeFile(ownerAuthFile, 'owner-secret', { mode: 0o600 });
  await writeFile(endorsementAuthFile, 'endorsement-secret', { mode: 0o600 });
  await device.configure({ tpm: { ownerAuthFile, endorsementAuthFile } });

  await assertProvisions(device, { 0: null, 1: 'dmModule', 2: 'AppB' });
  await assertSignedBy(device, 0, keyHandle(0));
});

test('a wrong owner password is an error of the TPM, and changes nothing', async (bench) => {
  const device = await bench.blankDevice();
  await device.tpm.tool('changeauth', '-c', 'owner', 'owner-secret');
  const ownerAuthFile = join(bench.folder, 'owner');
  await writeFile(ownerAuthFile, 'another-secret', { mode: 0o600 });
  await device.configure({ tpm: { ownerAuthFile } });
  await device.enroll();
  const before = await device.tpm.snapshot();
  const { stdout, stderr } = await device.expect(7, 'provision');
  assert.match(stderr, /owner/i);
  assert.ok(!(stdout + stderr).includes('another-secret'));
  assert.deepEqual(await device.tpm.snapshot(), before);
});

test('a password file that others can read is refused', async (bench) => {
  const ownerAuthFile = join(bench.folder, 'owner');
  await writeFile(ownerAuthFile, 'owner-secret');
  await chmod(ownerAuthFile, 0o644);
  const device = await bench.blankDevice({ tpm: { ownerAuthFile } });
  const { stderr } = await device.expect(3, 'provision');
  assert.ok(stderr.includes(ownerAuthFile), stderr);
});

test('with slotAuth agent a key cannot be used without the value in the state directory', async (bench) => {
  const device = await bench.blankDevice({ tpm: { slotAuth: 'agent' }, otherModuleIds: { AppB: 2, AppC: 12 } });
  await assertProvisions(device, { 0: null, 1: 'dmModule', 2: 'AppB', 12: 'AppC' });
  for (const slot of [0, 1, 2]) {
    const { signed } = parseToken(await device.token(slot));
    const bare = await device.tpm.tryHmac(keyHandle(slot), signed);
    assert.notEqual(bare.code, 0, `slot ${slot} signs for anybody`);
  }
  for (const [name, { mode }] of Object.entries(await device.stateFiles())) assert.equal(mode & 0o077, 0, `others can read ${name}`);
});
