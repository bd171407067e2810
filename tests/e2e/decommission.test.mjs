// SPDX-License-Identifier: Apache-2.0
// `decommission`: what it erases, what it leaves alone, and what it does where it cannot.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { program, run, withoutRootsRights } from './harness/process.mjs';
import { EK, SRK } from './harness/slots.mjs';
import { NOTHING_LOADED } from './harness/software_tpm.mjs';
import { test } from './harness/test.mjs';

const TRACED = { ASAN_OPTIONS: 'detect_leaks=0' };

async function assertBlank(device) {
  assert.deepEqual(await device.tpm.handles('handles-persistent'), [SRK, EK]);
  assert.deepEqual(await device.tpm.handles('handles-nv-index'), []);
  assert.deepEqual(await device.tpm.loaded(), NOTHING_LOADED);
  assert.equal(await device.stateFiles(), undefined);
}

const everything = async (device) => [await device.tpm.snapshot(), await device.stateFiles()];

async function putForeignKey(device, handle) {
  await device.tpm.tool('createprimary', '-C', 'o', '-G', 'ecc', '-c', 'foreign.ctx');
  await device.tpm.tool('evictcontrol', '-C', 'o', '-c', 'foreign.ctx', handle);
  await device.tpm.tool('flushcontext', '-t');
}

test('it asks: only yes erases, anything else and the end of the input do not', async (bench) => {
  const device = await bench.provisionedDevice({ otherModuleIds: { AppB: 12 } });
  const before = await everything(device);
  for (const answer of ['', 'no\n', 'y\n', 'yes, please\n', 'YES\n']) {
    const { code, stdout, stderr } = await device.agentWithInput(answer, 'decommission');
    assert.equal(code, 2, answer);
    assert.match(stdout, /12 .*AppB[^]*These slots and the agent's files in .* will be erased[^]*Erase all of this\? Type yes: /);
    assert.match(stderr, /nothing was erased: it was not confirmed/);
  }
  const { stdout } = await device.expect(2, 'decommission', '--json');
  assert.equal(JSON.parse(stdout).error.code, 'usage');
  assert.deepEqual(await everything(device), before);

  assert.equal((await device.agentWithInput('yes\n', 'decommission')).code, 0);
  await assertBlank(device);
  assert.deepEqual(await device.emulator.requests(), []);
});

test('a device with nothing on it has nothing to erase, and no folder is left', async (bench) => {
  const device = await bench.blankDevice();
  const { stdout } = await device.expect(0, 'decommission', '--yes');
  assert.match(stdout, /No slot holds anything of ours/);
  assert.deepEqual(await device.json('decommission', '--yes'), { erased: [], foreign: [] });
  assert.equal(await device.stateFiles(), undefined);
  assert.deepEqual(await device.tpm.handles('handles-persistent'), []);
});

test('what is another program\'s is named and left as it is, in the TPM and in the folder', async (bench) => {
  const device = await bench.provisionedDevice();
  await putForeignKey(device, '0x81000105');
  await device.tpm.tool('nvdefine', '-C', 'o', '-s', '8', '-a', 'ownerread|ownerwrite', '0x01400106');
  const name = await device.tpm.objectName(0x81000105);
  await writeFile(join(device.stateDirectory, 'notes.txt'), 'theirs');
  const { stdout } = await device.expect(0, 'decommission', '--yes');
  assert.match(stdout, /slot 5 is left as it is: the TPM holds a key at 0x81000105/);
  assert.match(stdout, /slot 6 is left as it is: .*belongs to another program/);
  assert.doesNotMatch(stdout, /erased slot [56]/);
  assert.deepEqual(await device.tpm.handles('handles-persistent'), [SRK, 0x81000105, EK]);
  assert.equal(await device.tpm.objectName(0x81000105), name);
  assert.deepEqual(await device.tpm.handles('handles-nv-index'), [0x01400106]);
  assert.deepEqual(Object.keys(await device.stateFiles()), ['notes.txt']);
  assert.deepEqual(await device.json('decommission', '--yes'), { erased: [], foreign: [5, 6] });
});

test('where the state directory cannot be read or emptied, nothing is erased', async (bench) => {
  const device = await bench.provisionedDevice({ otherModuleIds: { AppB: 12 } });
  const before = await device.tpm.snapshot();
  const decommission = () => run(...withoutRootsRights(program('device-agent'), ['decommission', '--yes', '--config', device.configFile]));
  for (const [mode, code, message] of [
    [0o000, 8, /cannot open the state directory .*: Permission denied/],
    [0o500, 1, /cannot remove files from the state directory .*: Permission denied\. Nothing was erased/],
  ]) {
    await chmod(device.stateDirectory, mode);
    const result = await decommission();
    await chmod(device.stateDirectory, 0o700);
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, message);
    assert.deepEqual(await device.tpm.snapshot(), before);
    await device.expect(0, 'slot', 'show', '12');
  }
  assert.equal((await decommission()).code, 0);
  await assertBlank(device);
});

test('the auth value of the keys goes last', async (bench) => {
  const device = await bench.provisionedDevice({ tpm: { slotAuth: 'agent', persistentSlots: 2 } });
  const log = join(bench.folder, 'calls');
  const { code } = await run('strace', ['-f', '-o', log, '-e', 'trace=unlink', program('device-agent'), 'decommission', '--yes', '--config', device.configFile], { env: TRACED });
  assert.equal(code, 0);
  const removed = [...(await readFile(log, 'utf8')).matchAll(/unlink\("[^"]*\/([^"/]+)"\) += 0/g)].map(([, name]) => name);
  assert.deepEqual(removed, ['slot-2', 'record.json', 'slot-auth']);
  await assertBlank(device);
});

// Killed at a sample of its calls to the TPM and to the disk, drawn by KILL_SEED (default 1).
test('interrupted anywhere, it is finished by running it again', async (bench) => {
  const tpm = { slotAuth: 'agent', persistentSlots: 2 };
  const { KILL_SEED: seed = '1', KILL_SAMPLE: sample = '4' } = process.env;
  console.log(`KILL_SEED=${seed}`);
  const traced = (device, inject, log) => run('strace', ['-o', log, '-e', 'trace=write,unlink,fsync,rmdir', ...inject,
    program('device-agent'), 'decommission', '--yes', '--config', device.configFile], { env: TRACED });
  const calls = await bench.inFolder('whole', async (inner) => {
    const device = await inner.provisionedDevice({ tpm });
    const log = join(inner.folder, 'calls');
    assert.equal((await traced(device, [], log)).code, 0);
    const seen = {};
    return (await readFile(log, 'utf8')).split('\n').map((line) => /^([a-z]+)\(/.exec(line)?.[1]).filter(Boolean)
      .map((call) => ({ call, when: (seen[call] = (seen[call] ?? 0) + 1) }));
  });
  for (let index = 0; index < Number(sample); index += 1) {
    const draw = createHash('sha256').update(`${seed} ${index}`).digest().readUInt32BE() % calls.length;
    const { call, when } = calls[draw];
    await bench.inFolder(`at-${draw}`, async (inner) => {
      const device = await inner.provisionedDevice({ tpm });
      const { code } = await traced(device, ['-e', `inject=${call}:signal=SIGKILL:when=${when}`], join(inner.folder, 'calls'));
      assert.equal(code, null, 'it was not killed');
      await device.expect(0, 'decommission', '--yes');
      await assertBlank(device).catch((error) => assert.fail(`killed at ${call} ${when}: ${error.message}`));
    });
  }
});
