// SPDX-License-Identifier: Apache-2.0
// Services that are throttled, broken or slow: no try too many, none too early, and never a hang.
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

const seconds = (request) => Date.parse(request.time) / 1000;
const statuses = (requests) => requests.map(({ status }) => status);

test('a Retry-After is honoured to the second, by DPS and by the hub', async (bench) => {
  const device = await ready(bench);
  const { emulator } = device;
  for (const [service, operation] of [['dps', 'register'], ['dps', 'poll'], ['hub', 'listModules'], ['hub', 'putModule']]) {
    await emulator.setFault({ kind: 'throttled', service, operation, retryAfter: 2, count: 2 });
  }
  const { stderr } = await device.expect(0, 'provision');
  const requests = await emulator.requests();
  assert.deepEqual(statuses(requests), [429, 429, 401, 202, 429, 429, 200, 429, 429, 200, 429, 429, 200, 200]);
  // Two waits of 2 s each, by a clock of whole seconds; our own delays would be 2.5 s at most in all.
  for (const [first, last] of [[0, 2], [4, 6], [7, 9], [10, 12]]) {
    const passed = seconds(requests[last]) - seconds(requests[first]);
    assert.ok(passed >= 3, `requests ${first} and ${last} are ${passed} s apart`);
  }
  assert.equal(stderr.match(/trying again in 2\.0 s/g).length, 8, stderr);
  await assertAllLetIn(device, MODULES);
});

test('a Retry-After beyond the time limit ends at once with exit code 6', async (bench) => {
  const device = await ready(bench);
  const { emulator } = device;
  for (const fault of [{ service: 'dps', operation: 'register' }, { service: 'dps', operation: 'poll' }, { service: 'hub', operation: 'listModules' }, { service: 'hub', operation: 'putModule' }]) {
    await emulator.setFault({ kind: 'throttled', retryAfter: 601, ...fault });
    const { stderr } = await device.expect(6, 'provision');
    assert.match(stderr, /429 Too Many Requests and asks to wait 601 s; giving up, since the time limit \(--timeout\)/);
    await emulator.clearFaults();
  }
  await device.expect(0, 'provision');
  await assertAllLetIn(device, MODULES);
});

test('a registration that takes longer than the time limit ends at once with exit code 6', async (bench) => {
  const device = await ready(bench);
  await device.emulator.control('PUT', '/settings', { retryAfter: 3600 });
  const { stderr } = await device.expect(6, 'provision');
  assert.match(stderr, /asks to wait 3600 s; giving up/);
});

test('errors of the services are outlasted, with growing delays', async (bench) => {
  const device = await ready(bench);
  const { emulator } = device;
  await emulator.setFault({ kind: 'error', service: 'dps', operation: 'register', status: 503, count: 2 });
  await emulator.setFault({ kind: 'error', service: 'dps', operation: 'poll', status: 500, count: 1 });
  await emulator.setFault({ kind: 'error', service: 'hub', operation: 'listModules', status: 502, count: 1 });
  await emulator.setFault({ kind: 'error', service: 'hub', operation: 'putModule', status: 504, count: 1 });
  const { stderr } = await device.expect(0, 'provision');
  const delays = [...stderr.matchAll(/trying again in ([\d.]+) s/g)].map(([, delay]) => Number(delay));
  const bounds = [[0.5, 1], [1, 2], [0.5, 1], [0.5, 1], [0.5, 1]];
  assert.equal(delays.length, bounds.length, stderr);
  bounds.forEach(([least, most], index) => assert.ok(delays[index] >= least && delays[index] <= most, `${delays}`));
  await assertAllLetIn(device, MODULES);
});

test('errors until the time limit end with exit code 6', async (bench) => {
  const device = await ready(bench);
  for (const service of ['dps', 'hub']) {
    await device.emulator.setFault({ kind: 'error', service, status: 503 });
    const { stderr } = await device.expect(6, 'provision', '--timeout', '4');
    assert.match(stderr, /answered 503 Service Unavailable; giving up/);
    await device.emulator.clearFaults();
  }
  await device.expect(0, 'provision');
});

test('a service that is slow, or stops in the middle of an answer, cannot outlast the time limit', async (bench) => {
  const device = await ready(bench);
  for (const [kind, service] of [['slow', 'dps'], ['stalled', 'dps'], ['slow', 'hub'], ['stalled', 'hub']]) {
    await device.emulator.setFault({ kind, service, delay: 3600 });
    const { stderr } = await device.expect(6, 'provision', '--timeout', '5');
    assert.match(stderr, /cannot talk to .*(timed out|timeout)/i);
    await device.emulator.clearFaults();
  }
  await device.expect(0, 'provision');
  await assertAllLetIn(device, MODULES);
});
