// SPDX-License-Identifier: Apache-2.0
// The daemon: from first boot on, without a network, through a move, and at its end.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { enrolledAttestingDevice } from './harness/attestations.mjs';
import { Daemon, granted } from './harness/daemon.mjs';
import { NOTHING_LOADED } from './harness/software_tpm.mjs';
import { program } from './harness/process.mjs';
import { parseConnectionString } from './harness/sas.mjs';
import { test } from './harness/test.mjs';
import { CC } from './harness/tpm_proxy.mjs';

test('first boot: an application that waits is told when its identity is there, and the hub lets it in', async (bench) => {
  const device = await bench.blankDevice({ applications: granted('AppB') });
  const daemon = await Daemon.start(bench, device);
  const events = await daemon.events('AppB');
  assert.equal((await daemon.ask('GET', '/v1/identity')).body.code, 'not-provisioned');
  await daemon.line(/trying again in \d+ s .*enroll/);  // nobody enrolled it so far
  assert.equal((await daemon.reaches('retrying')).nextAttempt.length, '2026-01-31T12:00:00Z'.length);

  await device.enroll();
  const provisioning = device.expect(0, 'provision');  // somebody who will not wait for the next try
  assert.equal((await events.next()).event, 'provisioned');
  events.close();
  await daemon.assertLetIn('AppB');
  assert.match((await provisioning).stdout, /created module 'AppB'/);
  const { state, lastError } = await daemon.reaches('provisioned');
  assert.deepEqual([state, lastError], ['provisioned', null]);
});

test('without a network: filled slots are served, and nobody is called then or later', async (bench) => {
  const device = await bench.provisionedDevice({ applications: granted('AppB', '$device') });
  // In a network namespace in which not even the loopback is up; where that takes rights, with nobody to call.
  const unplugged = process.getuid() === 0 ? { command: 'unshare', args: ['--net', program('device-agent')] } : {};
  if (process.getuid() !== 0) await device.emulator.stop();
  const daemon = await Daemon.start(bench, device, unplugged);
  for (const [application, module] of [['AppB', 'AppB'], ['$device', undefined]]) {
    assert.equal(parseConnectionString(await daemon.connectionString(application)).ModuleId, module);
  }
  await daemon.reaches('provisioned');
  await device.expect(0, 'status');
  assert.doesNotMatch(daemon.written, /registering|trying again/);
  if (process.getuid() === 0) assert.deepEqual(await device.emulator.requests(), []);
  assert.equal((await daemon.end('SIGTERM')).code, 0);
});

test('with a network: a provisioned agent calls nobody', async (bench) => {
  const device = await bench.provisionedDevice({ applications: granted('AppB') });
  const daemon = await Daemon.start(bench, device);
  await daemon.reaches('provisioned');
  await daemon.assertLetIn('AppB');
  await device.json('status');
  assert.deepEqual(await device.emulator.requests(), []);
  assert.deepEqual(await device.emulator.connections().then((all) => all.filter(({ services }) => services.includes('dps'))), []);
});

test('a DPS that is not there at first is tried until it is', async (bench) => {
  const device = await bench.enrolledDevice({ applications: granted('AppB') });
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  const fault = await device.emulator.setFault({ kind: 'error', service: 'dps', operation: 'register', status: 503 });
  const daemon = await Daemon.start(bench, device);
  await device.emulator.met(fault, daemon);
  const events = await daemon.events('AppB');
  await device.emulator.clearFault(fault);
  assert.equal((await events.next()).event, 'provisioned');
  events.close();
  await daemon.assertLetIn('AppB');
});

test('a hub move while applications run: reprovision tells them, and the new hub lets them in', async (bench) => {
  const device = await bench.provisionedDevice({ applications: granted('AppB', '$device') });
  const { emulator } = device;
  await emulator.control('PUT', '/settings', { retryAfter: 0 });
  const daemon = await Daemon.start(bench, device);
  const [app, main] = [await daemon.events('AppB'), await daemon.events('$device')];
  assert.deepEqual([(await app.next()).event, (await main.next()).event], ['provisioned', 'provisioned']);
  await daemon.assertLetIn('AppB');

  const [{ registrationId }] = JSON.parse(await device.enrollmentInfo());
  const [, second] = emulator.info.hubs;
  await emulator.control('POST', `/enrollments/${registrationId}/move`, { hub: second });
  const { stdout } = await device.expect(0, 'reprovision');
  assert.match(stdout, /DPS assigned hub 127\.0\.0\.1/);
  for (const events of [app, main]) {
    const { event, what } = await events.next();
    assert.deepEqual([event, what.includes('hub')], ['changed', true]);
    events.close();
  }
  for (const application of ['AppB', '$device']) {
    assert.equal(parseConnectionString(await daemon.assertLetIn(application)).HostName, second);
  }
});

test('a key that was regenerated in the hub is changed by provision --verify, and told', async (bench) => {
  const device = await bench.provisionedDevice({ applications: granted('AppB', 'AppC'), otherModuleIds: { AppB: 2, AppC: 3 } });
  const { emulator } = device;
  const daemon = await Daemon.start(bench, device);
  const [changed, other] = [await daemon.events('AppB'), await daemon.events('AppC')];
  await changed.next();
  await other.next();
  const { device: deviceId } = await device.json('slot', 'show', '0');
  const path = `/devices/${deviceId}/modules/AppB`;
  const { body: module } = await emulator.hubService(emulator.hub, 'GET', path);
  const fresh = Buffer.alloc(32, 7).toString('base64');
  module.authentication.symmetricKey = { primaryKey: fresh, secondaryKey: fresh };
  assert.equal((await emulator.hubService(emulator.hub, 'PUT', path, { body: module, headers: { 'If-Match': '*' } })).status, 200);

  await device.expect(0, 'provision', '--verify');
  const { event, what } = await changed.next();
  assert.deepEqual([event, what], ['changed', ['key']]);
  await daemon.assertLetIn('AppB');
  // The other one, whose key is the same, hears of nothing: what it is told next is its removal.
  await device.configure({ otherModuleIds: { AppB: 2 }, applications: granted('AppB') });
  assert.equal((await other.next()).event, 'removed');
});

test('killed at any moment of its first provisioning, it goes on when it starts again', async (bench) => {
  const device = await bench.enrolledDevice({ applications: granted('AppB') });
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  for (const [service, operation] of [['dps', 'register'], ['hub', 'listModules'], ['hub', 'putModule']]) {
    const hold = await device.emulator.setFault({ kind: 'slow', service, operation, delay: 3600 });
    const daemon = await Daemon.start(bench, device);
    await device.emulator.met(hold, daemon);
    await daemon.end('SIGKILL');
    await device.emulator.clearFault(hold);
    assert.ok(existsSync(device.configuration.socket), 'its socket is left behind, and no hindrance');
  }
  const daemon = await Daemon.start(bench, device);
  await daemon.reaches('provisioned');
  await daemon.assertLetIn('AppB');
});

test('SIGTERM ends it with exit code 0 whatever it does, and leaves nothing behind', async (bench) => {
  const device = await bench.enrolledDevice({ applications: granted('AppB') });
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  const stops = async (daemon) => {
    const { code, seconds } = await daemon.end('SIGTERM');
    assert.equal(code, 0, daemon.written);
    assert.ok(seconds < 4, `it took ${seconds} s`);
    assert.ok(!existsSync(device.configuration.socket));
    assert.deepEqual(await device.tpm.loaded(), NOTHING_LOADED);
  };
  for (const [service, operation] of [['dps', 'register'], ['hub', 'listModules']]) {
    const hold = await device.emulator.setFault({ kind: 'slow', service, operation, delay: 3600 });
    const daemon = await Daemon.start(bench, device);
    await device.emulator.met(hold, daemon);
    await stops(daemon);
    await device.emulator.clearFault(hold);
  }
  const waiting = await Daemon.start(bench, device);
  await waiting.reaches('provisioned');
  const events = await waiting.events('AppB');
  await stops(waiting);
  events.close();
});

test('SIGTERM ends it also while it waits for another process', async (bench) => {
  const device = await bench.enrolledDevice();
  const hold = await device.emulator.setFault({ kind: 'slow', service: 'dps', operation: 'register', delay: 3600 });
  const working = bench.keep(device.start('provision'));
  await device.emulator.met(hold, working);
  const daemon = bench.keep(new Daemon(device));
  await daemon.line(/waiting for another device-agent process/);
  assert.equal((await daemon.end('SIGTERM')).code, 0, daemon.written);
});

test('SIGTERM ends it also while the TPM does not answer', async (bench) => {
  const device = await bench.provisionedDevice({ applications: granted('AppB') });
  const proxy = await bench.behindProxy(device);
  const daemon = await Daemon.start(bench, device);
  await daemon.reaches('provisioned');
  const held = new Promise((resolve) => { proxy.at(CC.HMAC, resolve); });  // and no answer ever
  const refused = daemon.connectionString('AppB').then(() => 'an answer', () => 'none');
  await held;
  const { code, seconds } = await daemon.end('SIGTERM');
  assert.equal(code, 0, daemon.written);
  assert.ok(seconds < 5, `it took ${seconds} s`);
  assert.match(daemon.written, /stopping in the middle of a command to the TPM/);
  assert.equal(await refused, 'none');
});

test('a second daemon is refused, by name of the first', async (bench) => {
  const device = await bench.provisionedDevice();
  const daemon = await Daemon.start(bench, device);
  const { stderr } = await device.expect(1, 'run');
  assert.match(stderr, /device-agent run serves at .*agent\.sock already, as process \d+/);
  assert.ok(!daemon.hasEnded);
});

for (const kind of ['x509 individual', 'symmetricKey group']) {
  test(`a board without a TPM, ${kind}: its applications are served from files`, async (bench) => {
    const device = await enrolledAttestingDevice(bench, kind, { identityStore: 'file', applications: granted('AppB') });
    const daemon = await Daemon.start(bench, device);
    await daemon.reaches('provisioned');
    await daemon.assertLetIn('AppB');
  });
}

test('with dpsEnabled false it waits until somebody has filled the slots', async (bench) => {
  const device = await bench.blankDevice({ dpsEnabled: false, applications: granted('AppB') });
  const daemon = await Daemon.start(bench, device);
  const events = await daemon.events('AppB');
  await daemon.reaches('waiting');
  const key = Buffer.alloc(32, 1).toString('base64');
  for (const [slot, module] of [[0, ''], [1, ';ModuleId=dmModule'], [2, ';ModuleId=AppB']]) {
    const { code, stderr } = await device.agentWithInput(`HostName=hub.test;DeviceId=dev-1${module};SharedAccessKey=${key}`, 'slot', 'store', String(slot));
    assert.equal(code, 0, stderr);
  }
  assert.equal((await events.next()).event, 'provisioned');
  events.close();
  await daemon.reaches('provisioned');
  assert.deepEqual(await device.emulator.requests(), []);
});
