// SPDX-License-Identifier: Apache-2.0
// `device-agent exec` before the daemon itself: from a first boot to another hub.
import assert from 'node:assert/strict';
import { verdictOn } from './harness/admission.mjs';
import { Daemon, granted } from './harness/daemon.mjs';
import { program, run, Service } from './harness/process.mjs';
import { test } from './harness/test.mjs';

const PRINT = ['sh', '-c', 'echo "string $IOTHUB_MODULE_CONNECTION_STRING"; exec sleep 3600'];
const exec = (bench, device, ...args) =>
  bench.keep(new Service(program('device-agent'), ['exec', '--config', device.configFile, ...args]));
const last = (service) => [...service.written.matchAll(/^string (.*)$/gm)].at(-1)[1];
const life = (connectionString) => Number(/se=(\d+)/.exec(connectionString)[1]) - Date.now() / 1000;

test('a program waits through the first boot, and its connection string is let in by the hub', async (bench) => {
  const device = await bench.enrolledDevice({ applications: granted('AppB'), maxTokenLifetime: 7200 });
  const service = exec(bench, device, '--', ...PRINT);
  await service.line(/waiting: the Device Agent does not listen/);
  await Daemon.start(bench, device);
  await service.line(/^string HostName=/m);
  assert.equal((await verdictOn(device, last(service))).letIn, true);
  const seconds = life(last(service));
  assert.ok(seconds > 6400 && seconds <= 7201, `the token lives as long as is allowed: ${seconds} s`);
});

test('--on-renewal restart: the program follows the device to another hub', async (bench) => {
  const device = await bench.provisionedDevice({ applications: granted('AppB', 'AppC'), otherModuleIds: { AppB: 2, AppC: 3 } });
  const { emulator } = device;
  const daemon = await Daemon.start(bench, device);
  await daemon.reaches('provisioned');
  const service = exec(bench, device, '--application', 'AppB', '--on-renewal', 'restart', '--', ...PRINT);
  await service.line(/^string HostName=localhost/m);
  await emulator.control('PUT', '/settings', { retryAfter: 0 });
  const [{ registrationId }] = JSON.parse(await device.enrollmentInfo());
  const [, second] = emulator.info.hubs;
  await emulator.control('POST', `/enrollments/${registrationId}/move`, { hub: second });
  await device.expect(0, 'reprovision');
  await service.line(/^string HostName=127\.0\.0\.1/m);
  assert.equal((await verdictOn(device, last(service))).letIn, true);
});

test('several identities, none, and no daemon are told apart', async (bench) => {
  const device = await bench.provisionedDevice({ applications: granted('AppB', 'AppC'), otherModuleIds: { AppB: 2, AppC: 3 } });
  const daemon = await Daemon.start(bench, device);
  const codeOf = async (...args) => run(program('device-agent'), ['exec', '--config', device.configFile, ...args, '--', 'true']);
  const ambiguous = await codeOf();
  assert.equal(ambiguous.code, 2);
  assert.match(ambiguous.stderr, /AppB[^]*AppC/);
  assert.equal((await codeOf('--application', 'AppC')).code, 0);
  const refused = await codeOf('--application', 'AppD');
  assert.equal(refused.code, 8, refused.stderr);
  await daemon.stop();
  assert.equal((await codeOf('--application', 'AppC', '--timeout', '1')).code, 4);
});
