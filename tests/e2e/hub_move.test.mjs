// SPDX-License-Identifier: Apache-2.0
// A device that moves to another hub, looked at while it does: until everything new is in hand every slot holds what it
// held, and then they all follow.
import assert from 'node:assert/strict';
import { assertAllLetIn, keyHandle, nvIndex } from './harness/slots.mjs';
import { test } from './harness/test.mjs';

const SLOTS = [0, 1, 2];
const MODULES = { 1: 'dmModule', 2: 'AppB' };
// What a move asks: the challenge, the answer to it, the result; the list of modules, and one request for each.
const REQUESTS = ['dps', 'dps', 'dps', 'hub', 'hub', 'hub'];

/// What the slots hold, as tpm2-tools see it: the identity's text and the name of the key.
const slotsOf = async (tpm) => {
  const held = [];
  for (const slot of SLOTS) held.push({ text: await tpm.nvText(nvIndex(slot)), key: await tpm.objectName(keyHandle(slot)) });
  return held;
};

/// A provisioned device whose enrollment has just been moved to the other hub, and the device removed from the first.
async function movedDevice(bench) {
  const device = await bench.provisionedDevice();
  const { emulator } = device;
  await emulator.control('PUT', '/settings', { retryAfter: 0 });
  const [{ registrationId }] = JSON.parse(await device.enrollmentInfo());
  const [, second] = emulator.info.hubs;
  await emulator.control('POST', `/enrollments/${registrationId}/move`, { hub: second });
  return { device, emulator, second, before: await slotsOf(device.tpm) };
}

test('at each request of a move every slot holds what it held, and after the last one they all follow', async (bench) => {
  const { device, emulator, second, before } = await movedDevice(bench);
  const holds = [];
  for (const service of REQUESTS) holds.push(await emulator.setFault({ kind: 'slow', service, delay: 3600, count: 1 }));
  const agent = device.start('reprovision');
  for (const hold of holds) {
    await emulator.met(hold, agent);
    assert.deepEqual(await slotsOf(device.tpm), before);
    await emulator.clearFault(hold);
  }
  assert.equal(await agent.exit(), 0, agent.written);
  assert.equal((await emulator.requests()).length, REQUESTS.length, 'no request behind the one that was looked at last');
  await assertAllLetIn(device, MODULES, second);
});

test('a move that is killed at a request leaves every slot as it was, and is finished by the next provision', async (bench) => {
  const { device, emulator, second, before } = await movedDevice(bench);
  // The request for the first module is carried out before it is killed: there is one less the next time.
  for (const pass of [0, 1, 2, 3, 4, 4]) {
    for (const service of REQUESTS.slice(0, pass)) await emulator.setFault({ kind: 'slow', service, delay: 0, count: 1 });
    const hold = await emulator.setFault({ kind: 'slow', service: REQUESTS[pass], delay: 3600 });
    const agent = device.start('reprovision');
    await emulator.met(hold, agent);
    await agent.end('SIGKILL');
    await emulator.clearFaults();
    assert.deepEqual(await slotsOf(device.tpm), before, `killed at the request behind ${pass} others`);
  }
  await device.expect(0, 'provision');
  await assertAllLetIn(device, MODULES, second);
  for (const name of Object.keys(await device.stateFiles())) assert.doesNotMatch(name, /next|tmp/);
});

test('while the new hub makes no modules every slot keeps what it holds', async (bench) => {
  const { device, emulator, second, before } = await movedDevice(bench);
  await emulator.setFault({ kind: 'error', service: 'hub', hub: second, operation: 'putModule', status: 503 });
  const { stderr } = await device.expect(6, 'reprovision', '--timeout', '3');
  assert.match(stderr, /503 Service Unavailable; giving up/);
  assert.deepEqual(await slotsOf(device.tpm), before);
  await device.expect(6, 'provision', '--timeout', '3');
  assert.deepEqual(await slotsOf(device.tpm), before);
  await emulator.clearFaults();
  await device.expect(0, 'provision');
  await assertAllLetIn(device, MODULES, second);
});

test('a move that DPS refuses leaves every slot as it was', async (bench) => {
  const { device, emulator, before } = await movedDevice(bench);
  for (const fault of [{ kind: 'allocationFailed' }, { kind: 'error', operation: 'register', status: 404 }]) {
    await emulator.setFault({ service: 'dps', ...fault });
    await device.expect(5, 'reprovision');
    assert.deepEqual(await slotsOf(device.tpm), before);
    await emulator.clearFaults();
  }
});
