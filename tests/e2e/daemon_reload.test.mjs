// SPDX-License-Identifier: Apache-2.0
// The configuration changes while the daemon runs.
import assert from 'node:assert/strict';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Daemon, granted } from './harness/daemon.mjs';
import { test } from './harness/test.mjs';

/// Replaces the configuration file in one step, as a careful editor does.
async function replace(device, changes) {
  const file = device.configFile;
  device.configFile = `${file}.new`;
  await device.configure(changes);
  device.configFile = file;
  await rename(`${file}.new`, file);
}

test('an application that is added is provisioned, one that is removed is told', async (bench) => {
  const device = await bench.provisionedDevice({ applications: granted('AppB') });
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  const daemon = await Daemon.start(bench, device);
  const first = await daemon.events('AppB');
  assert.equal((await first.next()).event, 'provisioned');

  await replace(device, { otherModuleIds: { AppB: 2, AppC: 3 }, applications: granted('AppB', 'AppC') });
  await daemon.line(/slot 3 holds .*AppC/);
  await daemon.reaches('provisioned');
  await daemon.assertLetIn('AppC');
  await daemon.assertLetIn('AppB');

  await replace(device, { otherModuleIds: { AppC: 3 }, applications: granted('AppC') });
  assert.equal((await first.next()).event, 'removed');
  assert.equal((await daemon.ask('GET', '/v1/identity?application=AppB')).status, 403);
});

test('who changes the configuration and asks at once is answered by the new one', async (bench) => {
  const device = await bench.provisionedDevice({ applications: granted('AppB') });
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  const daemon = await Daemon.start(bench, device);
  await daemon.reaches('provisioned');
  await replace(device, { otherModuleIds: { AppB: 2, AppC: 3 }, applications: granted('AppB', 'AppC') });
  const { plan } = await daemon.get('POST', '/v1/provision', { body: { dryRun: true } });
  assert.match(plan.join(), /AppC/);
  await daemon.reaches('provisioned');

  await replace(device, { otherModuleIds: { AppB: 2, AppC: 3, AppD: 4 }, applications: granted('AppB', 'AppC', 'AppD') });
  const { slots } = await daemon.get('POST', '/v1/provision');
  assert.deepEqual(slots.map(({ module }) => module), [null, 'dmModule', 'AppB', 'AppC', 'AppD']);
});

test('a drop-in counts at once, too', async (bench) => {
  const device = await bench.provisionedDevice();
  const daemon = await Daemon.start(bench, device);
  assert.deepEqual((await daemon.ask('GET', '/v1/identities')).body.identities ?? [], []);
  const folder = join(bench.folder, 'device-agent.d');
  await mkdir(folder);
  await writeFile(join(folder, '10-applications.json'), JSON.stringify({ applications: granted('AppB') }), { mode: 0o600 });
  while ((await daemon.ask('GET', '/v1/identities')).body.identities?.length !== 1) assert.ok(!daemon.hasEnded);
  await rm(join(folder, '10-applications.json'));
  while ((await daemon.ask('GET', '/v1/identities')).body.identities?.length === 1) assert.ok(!daemon.hasEnded);
});

test('a wrong file keeps the old configuration, and is named with its line; SIGHUP reads it again', async (bench) => {
  const device = await bench.provisionedDevice({ applications: granted('AppB') });
  const daemon = await Daemon.start(bench, device);
  await replace(device, { deviceSlotNumber: 'zero' });
  await daemon.line(/the configuration stays as it was.*device-agent\.json:\d+:\d+: .*deviceSlotNumber/);
  await daemon.assertLetIn('AppB');
  assert.match((await daemon.get('GET', '/v1/status')).daemon.lastError, /deviceSlotNumber/);

  await replace(device, { deviceSlotNumber: 0 });
  await daemon.line(/the configuration is read anew/);
  process.kill(daemon.pid, 'SIGHUP');
  await daemon.line(/the configuration is read anew[^]*the configuration is read anew/);
  assert.equal((await daemon.get('GET', '/v1/status')).daemon.lastError, null);
});

test('what cannot change while it runs is said, and the old configuration goes on', async (bench) => {
  const device = await bench.provisionedDevice({ applications: granted('AppB') });
  const daemon = await Daemon.start(bench, device);
  const { stateDirectory } = device.configuration;
  await replace(device, { stateDirectory: join(bench.folder, 'elsewhere') });
  await daemon.line(/a change of stateDirectory takes effect only when the agent starts: restart it/);
  await daemon.assertLetIn('AppB');
  await replace(device, { stateDirectory });
  await daemon.line(/the configuration is read anew/);
});

test('another DPS in the configuration leads to a registration there', async (bench) => {
  const device = await bench.enrolledDevice({ applications: granted('AppB') });
  const { dpsUri } = device.configuration;
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  await device.configure({ dpsUri: 'localhost:1' });
  const daemon = await Daemon.start(bench, device);
  await daemon.line(/trying again in .*localhost:1/);
  await replace(device, { dpsUri });
  await daemon.reaches('provisioned');
  await daemon.assertLetIn('AppB');
});
