// SPDX-License-Identifier: Apache-2.0
// A device whose configuration, hub or TPM changed after it was provisioned.
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assertAllLetIn, keyHandle } from './harness/slots.mjs';
import { test } from './harness/test.mjs';

const identityOf = async (device, slot) => device.json('slot', 'show', String(slot));
const deviceIdOf = async (device) => (await identityOf(device, 0)).device;

/// The device's modules as the hub keeps them, without what connecting changes.
async function modulesOf(device) {
  const { body } = await device.emulator.hubService(device.emulator.hub, 'GET', `/devices/${await deviceIdOf(device)}/modules`);
  return body.map(({ connectionState, connectionStateUpdatedTime, lastActivityTime, ...kept }) => kept);
}

test('modules that swap their slots keep their keys and generations', async (bench) => {
  const device = await bench.provisionedDevice({ otherModuleIds: { AppB: 2, AppC: 3 } });
  const before = await modulesOf(device);
  await device.configure({ otherModuleIds: { AppB: 3, AppC: 2 } });
  await device.expect(0, 'provision');
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppC', 3: 'AppB' });
  assert.deepEqual(await modulesOf(device), before);
});

test('a module that moves to another slot leaves its old one empty', async (bench) => {
  const device = await bench.provisionedDevice();
  await device.configure({ otherModuleIds: { AppB: 7 } });
  await device.expect(0, 'provision');
  await assertAllLetIn(device, { 1: 'dmModule', 7: 'AppB' });
  await device.expect(4, 'slot', 'show', '2');
  const held = await device.tpm.handles('handles-persistent');
  assert.ok(held.includes(keyHandle(7)) && !held.includes(keyHandle(2)), `${held}`);
});

test('a removed module stays in the hub and in its slot, until it is pruned', async (bench) => {
  const device = await bench.provisionedDevice();
  const { hub } = device.emulator;
  const path = `/devices/${await deviceIdOf(device)}/modules/AppB`;
  await device.configure({ otherModuleIds: {} });
  await device.expect(0, 'provision');
  assert.equal((await device.emulator.hubService(hub, 'GET', path)).status, 200);
  assert.equal((await identityOf(device, 2)).module, 'AppB');
  await device.expect(0, 'provision', '--prune');
  assert.equal((await device.emulator.hubService(hub, 'GET', path)).status, 404);
  await device.expect(4, 'slot', 'show', '2');
});

test('prune leaves alone what somebody else made, or made again', async (bench) => {
  const device = await bench.enrolledDevice({ otherModuleIds: {} });
  await device.expect(0, 'provision');
  const { hub } = device.emulator;
  const path = `/devices/${await deviceIdOf(device)}/modules`;
  await device.emulator.hubService(hub, 'PUT', `${path}/Theirs`, { body: { moduleId: 'Theirs', deviceId: await deviceIdOf(device) } });
  await device.configure({ otherModuleIds: { Theirs: 2, Again: 3 } });
  await device.expect(0, 'provision');
  await device.emulator.hubService(hub, 'DELETE', `${path}/Again`, { headers: { 'If-Match': '*' } });
  await device.emulator.hubService(hub, 'PUT', `${path}/Again`, { body: { moduleId: 'Again', deviceId: await deviceIdOf(device) } });
  await device.configure({ otherModuleIds: {} });
  await device.expect(0, 'provision', '--prune');
  for (const module of ['Theirs', 'Again']) {
    assert.equal((await device.emulator.hubService(hub, 'GET', `${path}/${module}`)).status, 200, module);
  }
});

test('verify finds a deleted module and a regenerated key, and nothing when all is well', async (bench) => {
  const device = await bench.provisionedDevice({ otherModuleIds: { AppB: 2, AppC: 3 } });
  const { hub } = device.emulator;
  const path = `/devices/${await deviceIdOf(device)}/modules`;
  const modules = { 1: 'dmModule', 2: 'AppB', 3: 'AppC' };

  await device.expect(0, 'provision', '--verify');
  assert.deepEqual((await device.emulator.requests()).map(({ method, target }) => `${method} ${target.split('?')[0]}`), [`GET ${path}`]);

  await device.emulator.hubService(hub, 'DELETE', `${path}/AppB`, { headers: { 'If-Match': '*' } });
  const key = Buffer.alloc(32, 7).toString('base64');
  const { body: module } = await device.emulator.hubService(hub, 'GET', `${path}/AppC`);
  module.authentication.symmetricKey = { primaryKey: key, secondaryKey: key };
  assert.equal((await device.emulator.hubService(hub, 'PUT', `${path}/AppC`, { body: module, headers: { 'If-Match': '*' } })).status, 200);

  await device.expect(0, 'provision');  // nobody asked the hub
  const { stdout } = await device.expect(0, 'provision', '--verify');
  assert.match(stdout, /created module 'AppB'/);
  await assertAllLetIn(device, modules);
});

test('verify registers a device again that was deleted in the hub', async (bench) => {
  const device = await bench.provisionedDevice();
  const { hub } = device.emulator;
  await device.emulator.hubService(hub, 'DELETE', `/devices/${await deviceIdOf(device)}`, { headers: { 'If-Match': '*' } });
  await device.expect(0, 'provision', '--verify');
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB' });
});

test('reprovision follows a device to another hub, with all its modules', async (bench) => {
  const device = await bench.provisionedDevice();
  const [first, second] = device.emulator.info.hubs;
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB' }, first);
  await device.enroll('--hub', second);
  await device.expect(0, 'provision');  // the slots are good as far as anybody can know
  assert.equal((await identityOf(device, 0)).hub, first);
  await device.expect(0, 'reprovision');
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB' }, second);
  for (const name of Object.keys(await device.stateFiles())) assert.doesNotMatch(name, /next|tmp/);
});

test('reprovision of a device that stays where it is changes nothing that applications see', async (bench) => {
  const device = await bench.provisionedDevice();
  const before = await modulesOf(device);
  await device.expect(0, 'reprovision');
  assert.deepEqual(await modulesOf(device), before);
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB' });
});

test('a changed registration id registers anew', async (bench) => {
  const device = await bench.provisionedDevice();
  await device.configure({ registrationId: 'truck-8' });
  await device.enroll();
  const { stdout } = await device.expect(0, 'provision');
  assert.match(stdout, /the registration id changed from '[a-z2-7]{52}' to 'truck-8'/);
  assert.equal(await deviceIdOf(device), 'truck-8');
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB' });
});

test('a changed ID scope registers anew, and while that fails the slots stay as they are', async (bench) => {
  const device = await bench.provisionedDevice();
  const { dpsScopeId } = device.configuration;
  await device.configure({ dpsScopeId: '0ne0000FFFF' });
  const { stdout, stderr } = await device.expect(5, 'provision');
  assert.match(stdout, new RegExp(`dpsScopeId changed from '${dpsScopeId}' to '0ne0000FFFF'`));
  assert.match(stderr, /check dpsScopeId '0ne0000FFFF'/);
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB' });
  await device.configure({ dpsScopeId });
  await device.emulator.forgetRequests();
  await device.expect(0, 'provision');
  assert.deepEqual(await device.emulator.requests(), []);
});

test('another DPS endpoint registers anew, and every slot follows', async (bench) => {
  const device = await bench.provisionedDevice();
  const first = device.emulator;
  const second = await bench.startEmulator({ name: 'second' });
  device.pointTo(second);
  await device.configure();
  const { stderr } = await device.expect(5, 'provision');
  assert.match(stderr, /not found|enrolled/i);
  const verdict = await first.verify(await device.connectionString(2));
  assert.equal(verdict.letIn, true, 'the old identity is there until the new one is in hand');

  await device.enroll();
  const { stdout } = await device.expect(0, 'provision');
  assert.match(stdout, new RegExp(`dpsUri changed from '${first.info.dpsUri}' to '${second.info.dpsUri}'`));
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB' });
});

test('a renamed module gets an identity of its own in the slot of the old one', async (bench) => {
  const device = await bench.provisionedDevice();
  const { hub } = device.emulator;
  const path = `/devices/${await deviceIdOf(device)}/modules/AppB`;
  await device.configure({ otherModuleIds: { AppX: 2 } });
  await device.expect(0, 'provision');
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppX' });
  assert.equal((await device.emulator.hubService(hub, 'GET', path)).status, 200, 'the old one stays in the hub');
  await device.expect(0, 'provision', '--prune');
  assert.equal((await device.emulator.hubService(hub, 'GET', path)).status, 404);
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppX' });
});

test('verify registers a device again whose key was regenerated', async (bench) => {
  const device = await bench.provisionedDevice();
  const { hub } = device.emulator;
  const deviceId = await deviceIdOf(device);
  const before = await modulesOf(device);
  await device.emulator.control('POST', `/hubs/${hub}/devices/${deviceId}/regenerateKeys`);
  await device.expect(0, 'provision', '--verify');
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB' });
  assert.deepEqual(await modulesOf(device), before);
});

test('an added module finds out that the device was deleted, and everything is made again', async (bench) => {
  const device = await bench.provisionedDevice();
  const { hub } = device.emulator;
  await device.emulator.control('DELETE', `/hubs/${hub}/devices/${await deviceIdOf(device)}`);
  await device.configure({ otherModuleIds: { AppB: 2, AppC: 3 } });
  await device.expect(0, 'provision');
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB', 3: 'AppC' });
});

test('reprovision makes everything again for a device that was deleted in the hub', async (bench) => {
  const device = await bench.provisionedDevice();
  const { hub } = device.emulator;
  await device.emulator.control('DELETE', `/hubs/${hub}/devices/${await deviceIdOf(device)}`);
  await device.expect(0, 'reprovision');
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB' });
});

test('a TPM that was cleared is named, and the device comes back as itself', async (bench) => {
  const device = await bench.provisionedDevice({ tpm: { persistentSlots: 2 } });
  const deviceId = await deviceIdOf(device);
  await device.tpm.tool('clear');
  const { stdout } = await device.expect(4, 'status');
  assert.match(stdout, /the TPM was cleared/);
  assert.match(stdout, /slot 2: its key is wrapped by another TPM, or by this one before it was cleared/);
  await device.expect(0, 'provision');
  assert.equal(await deviceIdOf(device), deviceId);
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB' });
});

test('a state directory that was copied from another machine is named, and not used', async (bench) => {
  const device = await bench.provisionedDevice({ tpm: { persistentSlots: 1 } });
  const other = await bench.startTpm('other-tpm');
  await device.configure({ tpm: { tcti: other.tcti } });
  await device.enroll();
  const { stderr } = await device.expect(0, 'provision');
  assert.match(stderr, /made with another TPM/);
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB' });
});

test('a lost state directory costs no registration', async (bench) => {
  const device = await bench.provisionedDevice();
  await rm(device.stateDirectory, { recursive: true });
  await device.expect(0, 'provision');
  assert.deepEqual(await device.emulator.requests(), []);
  const record = JSON.parse(await readFile(join(device.stateDirectory, 'record.json'), 'utf8'));
  assert.equal(record.binding.dpsUri, device.emulator.info.dpsUri);
});

test('decommission says what it will erase, asks, and leaves the hub alone', async (bench) => {
  const device = await bench.provisionedDevice({ otherModuleIds: { AppB: 2, AppC: 12 } });
  const { hub } = device.emulator;
  const path = `/devices/${await deviceIdOf(device)}/modules`;
  const refused = await device.agent('decommission');
  assert.equal(refused.code, 2);
  assert.match(refused.stdout, /AppC/);
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB', 12: 'AppC' });

  await device.emulator.forgetRequests();
  await device.expect(0, 'decommission', '--yes');
  assert.deepEqual(await device.emulator.requests(), []);
  assert.equal((await device.emulator.hubService(hub, 'GET', path)).body.length, 3);
  await device.expect(4, 'status');
  assert.equal(await device.stateFiles(), undefined);
});
