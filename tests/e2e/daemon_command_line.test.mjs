// SPDX-License-Identifier: Apache-2.0
// The command line while the daemon runs: it asks through the socket, and nobody sees a difference.
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Daemon, granted } from './harness/daemon.mjs';
import { program, run } from './harness/process.mjs';
import { test } from './harness/test.mjs';

const QUESTIONS = [
  ['slot', 'list'], ['slot', 'show', '2'], ['slot', 'show', '7'], ['provision', '--dry-run'], ['reprovision', '--dry-run'], ['provision'],
  ['enrollment-info'], ['enrollment-info', '--format', 'json'], ['enrollment-info', '--format', 'csv'], ['enrollment-info', '--format', 'qr'],
  ['slot', 'token', '7'], ['slot', 'token', '2', '--expiry', '99999999'], ['slot', 'wait', '2'], ['slot', 'wait', '7', '--timeout', '1'],
  ['slot', 'token', '2', '--expiry', '60'], ['slot', 'connection-string', '0'], ['decommission'],
];

// What differs from one moment to the next: times, and what is signed over them.
const timeless = (text) => text
  .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
  .replace(/sig=[^&\s"]*&se=\d+/g, 'SIGNATURE');

const answers = async (device, questions) => {
  const all = [];
  for (const question of questions) {
    const { code, stdout, stderr } = await device.agent(...question);
    all.push({ question: question.join(' '), code, stdout: timeless(stdout), stderr: timeless(stderr) });
  }
  return all;
};

test('every command answers alike with and without the daemon: text, JSON, messages and exit codes', async (bench) => {
  const device = await bench.provisionedDevice({ applications: granted('AppB') });
  const questions = QUESTIONS.flatMap((question) => [question, [...question, '--json']]);
  const alone = await answers(device, questions);
  const daemon = await Daemon.start(bench, device);
  await daemon.reaches('provisioned');
  assert.deepEqual(await answers(device, questions), alone);
  assert.ok((await daemon.requests())['GET /v1/slots'] >= 2, 'it was the daemon that was asked');
  assert.ok(alone.every(({ stderr }) => !/waiting for another/.test(stderr)));
});

test('status tells how the daemon is, besides', async (bench) => {
  const device = await bench.blankDevice();
  const alone = JSON.parse((await device.agent('status', '--json')).stdout);
  assert.equal(alone.daemon, null);
  const daemon = await Daemon.start(bench, device);
  await daemon.reaches('retrying');
  const { code, stdout } = await device.agent('status', '--json');
  assert.equal(code, 4);
  const { daemon: condition, ...rest } = JSON.parse(stdout);
  assert.deepEqual({ ...rest, daemon: null }, alone);
  assert.equal(condition.state, 'retrying');
  assert.match(condition.lastError, /enroll/);
  assert.match((await device.agent('status')).stdout, /^not provisioned .*\ndaemon: retrying since .*, next attempt /);
});

test('changes are made by the daemon, step by step, and it does not undo them', async (bench) => {
  const device = await bench.enrolledDevice({ applications: granted('AppB') });
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  await device.configure({ dpsUri: 'localhost:1' });
  const daemon = await Daemon.start(bench, device);
  await daemon.line(/trying again in/);
  device.pointTo(device.emulator);
  await device.configure();
  const { stdout } = await device.expect(0, 'provision');
  assert.match(stdout, /slot 2 holds .*AppB|Nothing to do/);

  assert.match((await device.expect(0, 'slot', 'erase', '2')).stdout, /^erased slot 2, which held .*AppB\. The hub is left as it is\.\n$/);
  await daemon.reaches('paused');
  await device.expect(4, 'slot', 'show', '2');
  assert.match((await device.expect(0, 'provision')).stdout, /Plan:[^]*Steps:\n  - module 'AppB' is in the hub already[^]*  - slot 2 holds/);
  assert.deepEqual((await device.json('slot', 'erase', '2')).erased, true);

  const text = `HostName=hub.test;DeviceId=dev-1;ModuleId=AppX;SharedAccessKey=${Buffer.alloc(32, 5).toString('base64')}`;
  assert.equal((await device.agentWithInput(text, 'slot', 'store', '9')).stdout, 'slot 9 holds hub.test/dev-1/AppX\n');
  assert.equal((await device.agentWithInput(text, 'slot', 'store', '9')).stdout, 'slot 9 holds hub.test/dev-1/AppX with this key already\n');
  assert.equal((await device.agentWithInput(text, 'slot', 'store', '8')).code, 2);
  assert.equal((await device.agentWithInput('nonsense', 'slot', 'store', '8')).code, 2);
});

test('decommission is done by the daemon, which then pauses until it is asked', async (bench) => {
  const device = await bench.provisionedDevice({ applications: granted('AppB'), otherModuleIds: { AppB: 12 } });
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  const daemon = await Daemon.start(bench, device);
  const events = await daemon.events('AppB');
  await events.next();
  const refused = await device.agentWithInput('no\n', 'decommission');
  assert.equal(refused.code, 2);
  assert.match(refused.stdout, /12 .*AppB[^]*These slots and the agent's files in .* will be erased/);
  const { stdout } = await device.expect(0, 'decommission', '--yes');
  assert.match(stdout, /- erased slot 0\n  - erased slot 1\n  - erased slot 12\n$/);
  assert.equal(await device.stateFiles(), undefined);
  assert.deepEqual(await device.tpm.handles('handles-nv-index'), []);
  assert.equal((await events.next()).event, 'removed');
  await daemon.reaches('paused');

  await device.expect(0, 'provision');
  assert.equal((await events.next()).event, 'provisioned');
  events.close();
  await daemon.assertLetIn('AppB');
});

test('errors of the work keep their exit codes', async (bench) => {
  const device = await bench.blankDevice();
  const daemon = await Daemon.start(bench, device);
  await daemon.reaches('retrying');
  const { stderr } = await device.expect(5, 'provision');
  assert.match(stderr, /enroll/);
  const { stdout } = await device.expect(5, 'provision', '--json');
  assert.equal(JSON.parse(stdout).error.code, 'refused');
  const fault = await device.emulator.setFault({ kind: 'error', service: 'dps', operation: 'register', status: 503 });
  await device.expect(6, 'provision', '--timeout', '1');
  await device.emulator.clearFault(fault);
});

test('an administrator and an application ask the daemon without a right to the files that the configuration names', async (bench) => {
  if (process.getuid() !== 0) return;  // only root can become somebody else
  const device = await bench.provisionedDevice({
    applications: { AppB: { users: ['nobody'] } }, administrators: { users: ['nobody'] },
  });
  await Daemon.start(bench, device);
  await chmod(bench.folder, 0o755);
  await chmod(device.configFile, 0o644);
  const secret = join(bench.folder, 'password');
  await writeFile(secret, 'owner', { mode: 0o600 });
  await device.configure({ tpm: { ...device.configuration.tpm, ownerAuthFile: secret }, trustedCaFile: join(bench.folder, 'gone.pem') });
  await chmod(device.configFile, 0o644);
  const asNobody = (...args) => run('setpriv', ['--reuid=nobody', '--regid=nogroup', '--clear-groups', program('device-agent'), '--config', device.configFile, ...args]);
  for (const args of [['status'], ['slot', 'token', '2'], ['slot', 'wait', '2'], ['provision', '--dry-run'], ['exec', '--', 'true']]) {
    const { code, stderr } = await asNobody(...args);
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
  }
});

test('a caller who is no administrator ends with exit code 8, and is told what to do', async (bench) => {
  if (process.getuid() !== 0) return;  // only root can become somebody else
  const device = await bench.provisionedDevice();
  await Daemon.start(bench, device);
  await chmod(bench.folder, 0o755);
  await chmod(device.configFile, 0o644);
  for (const command of [['status'], ['slot', 'list'], ['provision'], ['slot', 'connection-string', '2']]) {
    const { code, stderr } = await run('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups',
      program('device-agent'), ...command, '--config', device.configFile]);
    assert.equal(code, 8, `${command.join(' ')}: ${stderr}`);
    assert.match(stderr, /administrator.*`administrators` of the configuration/);
  }
});
