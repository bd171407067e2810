// SPDX-License-Identifier: Apache-2.0
// Twenty applications that start at once on a device that boots for the first time.
import assert from 'node:assert/strict';
import { verdictOn } from './harness/admission.mjs';
import { Daemon, granted } from './harness/daemon.mjs';
import { output, Service } from './harness/process.mjs';
import { parseConnectionString } from './harness/sas.mjs';
import { test } from './harness/test.mjs';

const NAMES = Array.from({ length: 20 }, (_, number) => `App${number + 1}`);

test('20 applications connect at once from blank first boot, each with its own module, and none polls', async (bench) => {
  const device = await bench.enrolledDevice({
    applications: granted(...NAMES), otherModuleIds: Object.fromEntries(NAMES.map((name, number) => [name, number + 2])),
  });
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  const daemon = await Daemon.start(bench, device);
  // Each is a process of its own: it waits for its event, and then asks once.
  const connectionStrings = await Promise.all(NAMES.map(async (name) => {
    const at = (path) => ['-sSN', '--unix-socket', device.configuration.socket, '-H', 'Accept: text/plain', `http://localhost/v1/identity/${path}?application=${name}`];
    const events = bench.keep(new Service('curl', at('events')));
    await events.line(new RegExp(`^provisioned ${name} `, 'm'));
    const connectionString = (await output('curl', ['-X', 'POST', ...at('connection-string')])).trim();
    const { letIn, reason } = await verdictOn(device, connectionString);
    assert.ok(letIn, `${name}: ${reason}`);
    return connectionString;
  }));

  const modules = connectionStrings.map((text) => parseConnectionString(text).ModuleId);
  assert.deepEqual(modules, NAMES, 'each has its own');
  // One stream and one connection string each: who polled would have asked more often.
  const { 'GET /v1/identity/events': streams, 'POST /v1/identity/connection-string': asked, ...others } = await daemon.requests();
  assert.deepEqual([streams, asked], [NAMES.length, NAMES.length]);
  assert.deepEqual(Object.keys(others).filter((route) => route.includes('identity')), []);

  const connections = await device.emulator.connections();
  const identities = connections.filter(({ protocol, identity }) => protocol === 'mqtt' && identity).map(({ identity }) => identity);
  assert.equal(identities.length, NAMES.length);
  assert.equal(new Set(identities).size, NAMES.length, 'the emulator saw no identity used twice');
});
