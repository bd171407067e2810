// SPDX-License-Identifier: Apache-2.0
// SIGTERM is obeyed within a second, whatever the agent waits for, and nothing is lost by it.
import assert from 'node:assert/strict';
import { assertAllLetIn } from './harness/slots.mjs';
import { NOTHING_LOADED } from './harness/software_tpm.mjs';
import { test } from './harness/test.mjs';

const FOREVER = 3600;
// The promise is a second; the rest is for the sanitizers at the end of a process, on a machine that does much else.
const MOST_SECONDS = 2;

async function assertObeys(agent) {
  const { code, seconds } = await agent.end('SIGTERM');
  assert.ok(seconds < MOST_SECONDS, `it took ${seconds} s`);
  assert.equal(code, 1, agent.written);
  assert.match(agent.written, /stopped on request/);
}

/// Stopped while a request meets `fault`, `device` is left as it was but for work that is done, and ends well.
async function stopDuring(device, fault, command = ['provision']) {
  const id = await device.emulator.setFault(fault);
  const agent = device.start(...command);
  await device.emulator.met(id, agent);
  if (fault.kind === 'throttled') await agent.line(/trying again in/);
  await assertObeys(agent);
  await device.emulator.clearFault(id);
  assert.deepEqual(await device.tpm.loaded(), NOTHING_LOADED);
}

test('SIGTERM ends the wait for a service, its answer, the rest of its answer, and the next try', async (bench) => {
  const device = await bench.enrolledDevice();
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  for (const [service, operation] of [['dps', 'register'], ['dps', 'poll'], ['hub', 'listModules'], ['hub', 'putModule']]) {
    // In this order: the two last ones are carried out, and a module that was made is not asked for again.
    await stopDuring(device, { kind: 'throttled', service, operation, retryAfter: 500 });
    await stopDuring(device, { kind: 'slow', service, operation, delay: FOREVER });
    await stopDuring(device, { kind: 'stalled', service, operation, delay: FOREVER });
  }
  await device.expect(0, 'provision');
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB' });
});

test('SIGTERM ends the wait for the assignment', async (bench) => {
  const device = await bench.enrolledDevice();
  await device.emulator.control('PUT', '/settings', { retryAfter: FOREVER });
  const agent = device.start('provision', '--timeout', '0', '--verbose');
  await agent.line(/asking again in 3600 s/);
  await assertObeys(agent);
});

test('SIGTERM ends the wait for another agent', async (bench) => {
  const device = await bench.enrolledDevice();
  const id = await device.emulator.setFault({ kind: 'slow', service: 'dps', delay: FOREVER });
  const working = device.start('provision');
  await device.emulator.met(id, working);
  for (const command of [['provision'], ['slot', 'list'], ['slot', 'wait', '2'], ['status']]) {
    const waiting = device.start(...command);
    await waiting.line(/waiting for another device-agent process/);
    await assertObeys(waiting);
  }
  await device.emulator.clearFaults();
  assert.equal(await working.exit(), 0, working.written);
  await assertAllLetIn(device, { 1: 'dmModule', 2: 'AppB' });
});

test('SIGTERM ends the wait for a slot', async (bench) => {
  const device = await bench.enrolledDevice();
  const agent = device.start('slot', 'wait', '2', '--verbose');
  await agent.line(/slot 2 is empty/);
  await assertObeys(agent);
});
