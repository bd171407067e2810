// SPDX-License-Identifier: Apache-2.0
// Exit codes and messages: what went wrong, with what, and what to do.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { program, run } from './harness/process.mjs';
import { EK } from './harness/slots.mjs';
import { NOTHING_LOADED } from './harness/software_tpm.mjs';
import { test } from './harness/test.mjs';

const agent = (...args) => run(program('device-agent'), args);

test('2: a wrong command line', async () => {
  for (const args of [['no-such-command'], [], ['slot', 'token'], ['slot', 'token', 'abc'], ['slot', 'token', '51'], ['provision', '--no-such-option'], ['enrollment-info', '--format', 'xml']]) {
    const { code, stdout, stderr } = await agent(...args);
    assert.equal(code, 2, `device-agent ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
    assert.notEqual(stderr, '');
  }
});

test('0: help', async () => {
  for (const args of [['--help'], ['provision', '--help'], ['slot', '--help'], ['--version']]) {
    const { code, stdout } = await agent(...args);
    assert.equal(code, 0, args.join(' '));
    assert.notEqual(stdout, '');
  }
});

test('3: a configuration that is wrong, missing or unreadable', async (bench) => {
  const device = await bench.blankDevice({ deviceSlotNumber: 'zero' });
  const { stderr } = await device.expect(3, 'provision');
  assert.match(stderr, /device-agent\.json:\d+:\d+: .*deviceSlotNumber/);

  await writeFile(device.configFile, '{ "dpsScopeId": ');
  await device.expect(3, 'status');
  const missing = await agent('status', '--config', join(bench.folder, 'missing.json'));
  assert.equal(missing.code, 3, missing.stderr);
  assert.match(missing.stderr, /missing\.json/);
});

test('4: an empty slot, and a device that is not provisioned', async (bench) => {
  const device = await bench.blankDevice();
  for (const args of [['slot', 'token', '2'], ['slot', 'connection-string', '2'], ['slot', 'show', '2'], ['status'], ['slot', 'wait', '2', '--timeout', '1']]) {
    const { stdout, stderr } = await device.expect(4, ...args);
    if (args[0] === 'slot') assert.match(stdout + stderr, /2/);
  }
  const status = await device.agent('status', '--json');
  assert.equal(status.code, 4);
  assert.equal(JSON.parse(status.stdout).provisioned, false);
});

test('4: with dpsEnabled false, until somebody else has filled the slots', async (bench) => {
  const device = await bench.blankDevice({ dpsEnabled: false });
  await device.expect(4, 'provision');
  assert.deepEqual(await device.emulator.requests(), []);
});

test('5: not enrolled', async (bench) => {
  const device = await bench.blankDevice();
  const [{ registrationId }] = JSON.parse(await device.enrollmentInfo());
  const { stderr } = await device.expect(5, 'provision');
  assert.ok(stderr.includes(registrationId), stderr);
  assert.match(stderr, /enroll/i);
});

test('5: enrolled with the endorsement key of another TPM', async (bench) => {
  const device = await bench.blankDevice({ registrationId: 'truck-7' });
  const [entry] = JSON.parse(await device.enrollmentInfo());
  const stranger = await bench.startTpm('another-tpm');
  await stranger.tool('createek', '-c', '0x81010001', '-G', 'rsa', '-u', 'ek.pub');
  entry.attestation.tpm.endorsementKey = (await stranger.publicArea(EK)).toString('base64');
  await device.emulator.enroll(JSON.stringify([entry]));

  const { stderr } = await device.expect(5, 'provision');
  assert.match(stderr, /endorsement key|not authori[sz]ed|unauthori[sz]ed|refused/i);
  assert.deepEqual(await device.tpm.loaded(), NOTHING_LOADED);
  assert.deepEqual(await device.tpm.handles('handles-nv-index'), []);
});

test('5: a disabled enrollment', async (bench) => {
  const device = await bench.blankDevice();
  const [entry] = JSON.parse(await device.enrollmentInfo());
  await device.emulator.enroll(JSON.stringify([{ ...entry, provisioningStatus: 'disabled' }]));
  const { stderr } = await device.expect(5, 'provision');
  assert.match(stderr, /disabled/i);
});

test('5: a wrong ID scope', async (bench) => {
  const device = await bench.enrolledDevice({ dpsScopeId: '0ne0000FFFF' });
  const { stderr } = await device.expect(5, 'provision');
  assert.match(stderr, /0ne0000FFFF|scope/i);
});

test('6: nobody answers', async (bench) => {
  const device = await bench.enrolledDevice();
  await device.emulator.stop();
  const { stderr } = await device.expect(6, 'provision', '--timeout', '1');
  assert.match(stderr, /connect/i);
  assert.ok(stderr.includes(device.configuration.dpsUri.split(':')[0]), stderr);
});

test('7: no TPM', async (bench) => {
  const device = await bench.blankDevice({ tpm: { tcti: `swtpm:path=${bench.folder}/no-such-socket` } });
  for (const args of [['enrollment-info'], ['provision'], ['slot', 'list']]) {
    const { stderr } = await device.expect(7, ...args);
    assert.match(stderr, /no-such-socket/);
  }
});

test('a peer that has closed its end does not kill the agent', async (bench) => {
  const device = await bench.enrolledDevice();
  // At each 20th of them: to the TPM, to the services, to the terminal.
  for (const call of ['write', 'sendto']) {
    const { code, stderr } = await run('strace', ['-f', '-o', join(bench.folder, 'calls'), '-e', `inject=${call}:signal=SIGPIPE:when=1+20`,
      program('device-agent'), 'provision', '--config', device.configFile], { env: { ASAN_OPTIONS: 'detect_leaks=0' } });
    assert.equal(code, 0, stderr);
  }
});

test('errors are JSON with --json', async (bench) => {
  const device = await bench.blankDevice();
  const { stdout, stderr } = await device.expect(4, 'slot', 'show', '2', '--json');
  assert.doesNotThrow(() => JSON.parse(stdout || stderr), stdout + stderr);
});
