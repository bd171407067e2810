// SPDX-License-Identifier: Apache-2.0
// --dry-run says what provision would do, and does nothing.
import assert from 'node:assert/strict';
import { test } from './harness/test.mjs';

/// Everything that a command could change.
const world = async (device) => ({
  tpm: await device.tpm.snapshot(),
  files: (await device.stateFiles()) ?? {},
  requests: await device.emulator.requests(),
  connections: await device.emulator.connections(),
});

test('a dry run on a blank device prints the plan and changes nothing anywhere', async (bench) => {
  const device = await bench.enrolledDevice();
  const before = await world(device);
  const { plan } = await device.json('provision', '--dry-run');
  assert.ok(plan.length > 0);
  const { stdout } = await device.expect(0, 'provision', '--dry-run');
  for (const name of ['dmModule', 'AppB']) assert.ok(stdout.includes(name), stdout);
  assert.deepEqual(await world(device), before);
});

test('a dry run with a module added plans for that module alone', async (bench) => {
  const device = await bench.provisionedDevice();
  await device.configure({ otherModuleIds: { AppB: 2, AppC: 3 } });
  const before = await world(device);
  const { plan } = await device.json('provision', '--dry-run');
  assert.ok(plan.some((action) => action.includes('AppC')), JSON.stringify(plan));
  assert.ok(!plan.some((action) => action.includes('AppB') || action.includes('dmModule')), JSON.stringify(plan));
  assert.deepEqual(await world(device), before);
});

test('a dry run of a provisioned device has an empty plan', async (bench) => {
  const device = await bench.provisionedDevice();
  assert.deepEqual((await device.json('provision', '--dry-run')).plan, []);
});
