// SPDX-License-Identifier: Apache-2.0
// What is left in the memory of the agent when it has done its work, in the build that is shipped: a sanitizer keeps what
// was freed. RELEASE_AGENT says where that is (make build).
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Daemon, granted } from './harness/daemon.mjs';
import { memoryAtExit, memoryOf } from './harness/memory.mjs';
import { findSecrets, formsOf, secretsOf } from './harness/secrets.mjs';
import { test } from './harness/test.mjs';

const agent = process.env.RELEASE_AGENT ?? 'build/release/bin/device-agent';

/// Runs a command of the released agent, which must succeed, and says which secrets its memory holds at its end: those that
/// the hub knows, or the ones given.
async function foundAtExit(device, args, configured = []) {
  const { code, output, memory } = await memoryAtExit(agent, [...args, '--config', device.configFile]);
  assert.equal(code, 0, output);
  assert.ok(memory.some(({ bytes }) => bytes.includes(device.configFile)), 'memory is read');
  const secrets = configured.length > 0 ? formsOf(configured) : await secretsOf(device);
  return memory.flatMap(({ name, bytes }) => findSecrets(bytes, secrets).map((what) => `${name || 'anonymous memory'} has ${what}`));
}

test('at its exit provision has no key and no token left in its memory', async (bench) => {
  const device = await bench.enrolledDevice({ otherModuleIds: { AppB: 2, AppC: 3, AppD: 12 } });
  assert.deepEqual(await foundAtExit(device, ['provision']), []);
  assert.deepEqual(await foundAtExit(device, ['provision', '--verify']), [], 'the hub sends all keys again');
  assert.deepEqual(await foundAtExit(device, ['reprovision']), []);
});

test('at its exit provision has no auth value of its slots left in its memory', async (bench) => {
  const device = await bench.enrolledDevice({ otherModuleIds: { AppB: 2 }, tpm: { slotAuth: 'agent' } });
  assert.deepEqual(await foundAtExit(device, ['provision']), []);
  assert.deepEqual(await foundAtExit(device, ['provision', '--verify']), []);
});

test('at its exit config show has nothing of a configured connection string left in its memory', async (bench) => {
  const raw = randomBytes(32);
  const connectionString = `HostName=hub.test;DeviceId=truck-7;SharedAccessKey=${raw.toString('base64')}`;
  const device = await bench.blankDevice({ connectionString });
  assert.deepEqual(await foundAtExit(device, ['config', 'show'], [{ what: 'key of the connection string', raw }]), []);
});

test('after provisioning the daemon has no key and no token in its memory, and no key after it signed tokens', async (bench) => {
  if (process.getuid() !== 0) return;  // it lets nobody else look
  const device = await bench.enrolledDevice({ otherModuleIds: { AppB: 2, AppC: 3, AppD: 12 }, applications: granted('AppB', 'AppC', 'AppD') });
  const daemon = await Daemon.start(bench, device, { command: agent });
  const found = async () => {
    process.kill(daemon.pid, 'SIGSTOP');  // as a core dump would find it
    const memory = await memoryOf(daemon.pid);
    process.kill(daemon.pid, 'SIGCONT');
    assert.ok(memory.some(({ bytes }) => bytes.includes(device.configFile)), 'memory is read');
    const secrets = await secretsOf(device);
    return memory.flatMap(({ name, bytes }) => findSecrets(bytes, secrets).map((what) => `${name || 'anonymous memory'} has ${what}`));
  };
  const events = await daemon.events('AppD');
  assert.equal((await events.next()).event, 'provisioned');
  await daemon.reaches('provisioned');  // the event comes while it still works
  assert.deepEqual(await found(), []);

  for (const application of ['AppB', 'AppC', 'AppD']) await daemon.connectionString(application);
  await device.expect(0, 'provision', '--verify');
  await device.expect(0, 'reprovision');
  // Tokens for applications are kept on purpose, to be given again.
  assert.deepEqual((await found()).filter((what) => !what.endsWith('a SAS token')), []);
  events.close();
});
