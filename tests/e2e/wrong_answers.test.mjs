// SPDX-License-Identifier: Apache-2.0
// Answers that are cut off, mad or a refusal: the right exit code, a message that says what to do, nothing lost.
import assert from 'node:assert/strict';
import { assertAllLetIn } from './harness/slots.mjs';
import { test } from './harness/test.mjs';

const MODULES = { 1: 'dmModule', 2: 'AppB' };

/// A device that is enrolled and waits for nobody.
async function ready(bench, configuration) {
  const device = await bench.enrolledDevice(configuration);
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  return device;
}

test('an answer that is cut off is asked for again, and a module that was made all the same is found', async (bench) => {
  const device = await ready(bench);
  const { emulator } = device;
  // The challenge, the answer to it, a poll, the list, and both modules.
  for (const operation of ['register', 'register', 'poll']) {
    await emulator.setFault({ kind: 'cut', service: 'dps', operation, count: 1 });
    await emulator.setFault({ kind: 'slow', service: 'dps', operation, count: 1, delay: 0 });
  }
  for (const operation of ['listModules', 'putModule']) await emulator.setFault({ kind: 'cut', service: 'hub', operation, count: 1 });
  await device.expect(0, 'provision');
  const hub = (await emulator.requests()).filter(({ service }) => service === 'hub');
  assert.deepEqual(hub.map(({ method, status }) => [method, status]),
    [['GET', 200], ['GET', 200], ['PUT', 200], ['PUT', 409], ['GET', 200], ['PUT', 200]]);
  await assertAllLetIn(device, MODULES);
});

test('an answer that cannot be understood ends with exit code 6, in words and in JSON', async (bench) => {
  const device = await ready(bench);
  for (const [service, operation] of [['dps', 'register'], ['dps', 'poll'], ['hub', 'listModules']]) {
    const id = await device.emulator.setFault({ kind: 'garbage', service, operation });
    const { stderr } = await device.expect(6, 'provision');
    assert.match(stderr, /the answer of (DPS|the hub) cannot be understood/);
    const { stdout } = await device.expect(6, 'provision', '--json');
    assert.equal(JSON.parse(stdout).error.code, 'network');
    await device.emulator.clearFault(id);
  }
  await device.expect(0, 'provision');
  await assertAllLetIn(device, MODULES);
});

test('a huge answer ends with exit code 6', async (bench) => {
  const device = await ready(bench);
  for (const [service, operation] of [['dps', 'register'], ['dps', 'poll'], ['hub', 'listModules']]) {
    await device.emulator.setFault({ kind: 'huge', service, operation, size: 32 * 1024 * 1024 });
    const { stderr } = await device.expect(6, 'provision');
    assert.match(stderr, /is larger than any that is expected/);
    await device.emulator.clearFaults();
  }
  await device.expect(0, 'provision');
  await assertAllLetIn(device, MODULES);
});

test('a failed allocation ends with exit code 5 and the number that DPS gave', async (bench) => {
  const device = await ready(bench);
  for (const [operation, errorCode] of [['register', 400208], ['poll', 400209]]) {
    await device.emulator.setFault({ kind: 'allocationFailed', service: 'dps', operation, errorCode });
    const { stderr } = await device.expect(5, 'provision');
    assert.match(stderr, new RegExp(`${errorCode}: .*check the enrollment's hubs and allocation policy`));
    await device.emulator.clearFaults();
  }
  await device.expect(0, 'provision');
});

test('a refusal while polling leads to one registration more, and the second one is final', async (bench) => {
  const device = await ready(bench);
  const { emulator } = device;
  const registrations = async () => (await emulator.requests()).filter(({ method, status, service }) => service === 'dps' && method === 'PUT' && status === 202).length;
  for (const status of [401, 403, 404]) {
    await emulator.forgetRequests();
    await emulator.setFault({ kind: 'error', service: 'dps', operation: 'poll', status });
    const { stderr } = await device.expect(5, 'provision');
    assert.match(stderr, new RegExp(`while it was polled \\(${status} `));
    assert.equal(await registrations(), 2, `${status}`);
    await emulator.clearFaults();
  }
  await emulator.forgetRequests();
  await emulator.setFault({ kind: 'error', service: 'dps', operation: 'poll', status: 404, count: 1 });
  await device.expect(0, 'provision');
  assert.equal(await registrations(), 2);
  await assertAllLetIn(device, MODULES);
});

test('a module that cannot be had does not hold up the others', async (bench) => {
  const device = await ready(bench, { otherModuleIds: {} });
  await device.expect(0, 'provision');
  const { emulator } = device;
  const { device: deviceId } = await device.json('slot', 'show', '0');
  const module = `/hubs/${emulator.hub}/devices/${deviceId}/modules/AppB`;
  await emulator.hubService(emulator.hub, 'PUT', `/devices/${deviceId}/modules/AppB`, { body: { deviceId, moduleId: 'AppB' } });
  await emulator.control('POST', `${module}/authentication`, { type: 'selfSigned' });

  await device.configure({ otherModuleIds: { AppB: 2, AppC: 3, AppD: 4 } });
  await emulator.setFault({ kind: 'garbage', service: 'hub', operation: 'putModule', count: 1 });  // AppC
  const { stderr } = await device.expect(5, 'provision');
  assert.match(stderr, /module 'AppB' .* authenticates by 'selfSigned' in the hub.*change its authentication there, or delete it/);
  assert.match(stderr, /a module could not be had; the others go on.*AppC/);
  await assertAllLetIn(device, { 1: 'dmModule', 4: 'AppD' });
  for (const slot of ['2', '3']) await device.expect(4, 'slot', 'show', slot);

  await emulator.control('DELETE', module);
  await device.expect(0, 'provision');
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB', 3: 'AppC', 4: 'AppD' });
});

test('a module that authenticates in another way than before keeps its slot, and is named by verify', async (bench) => {
  const device = await bench.provisionedDevice();
  const { device: deviceId } = await device.json('slot', 'show', '0');
  await device.emulator.control('POST', `/hubs/${device.emulator.hub}/devices/${deviceId}/modules/AppB/authentication`, { type: 'certificateAuthority' });
  const { stderr } = await device.expect(5, 'provision', '--verify');
  assert.match(stderr, /module 'AppB' .* authenticates by 'certificateAuthority'/);
  assert.equal((await device.json('slot', 'show', '2')).module, 'AppB');
  await assertAllLetIn(device, { 1: 'dmModule' });
});

test('a disabled enrollment is named, and the slots stay as they are', async (bench) => {
  const device = await bench.provisionedDevice();
  const [{ registrationId }] = JSON.parse(await device.enrollmentInfo());
  await device.emulator.control('POST', `/enrollments/${registrationId}/disable`);
  const { stderr } = await device.expect(5, 'reprovision');
  assert.match(stderr, /the enrollment of registration id '.*' is disabled: enable it in DPS/);
  await assertAllLetIn(device, MODULES);
  await device.emulator.control('POST', `/enrollments/${registrationId}/enable`);
  await device.expect(0, 'reprovision');
});

test('a device that is disabled in its hub is named after one registration, and the slots stay as they are', async (bench) => {
  const device = await bench.provisionedDevice();
  const before = await device.tpm.snapshot();
  const path = `/hubs/${device.emulator.hub}/devices/${(await device.json('slot', 'show', '0')).device}`;
  await device.emulator.control('POST', `${path}/disable`);
  const { stderr } = await device.expect(5, 'provision', '--verify');
  assert.match(stderr, /may be deleted or disabled there/);
  assert.equal((await device.emulator.requests()).filter(({ method, status }) => method === 'PUT' && status === 202).length, 1);
  assert.deepEqual(await device.tpm.snapshot(), before);
  await device.emulator.control('POST', `${path}/enable`);
  await device.expect(0, 'provision', '--verify');
  await assertAllLetIn(device, MODULES);
});
