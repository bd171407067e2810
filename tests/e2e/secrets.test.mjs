// SPDX-License-Identifier: Apache-2.0
// No secret where others can read it: not on the bus to the TPM, in logs, in arguments or in files. The keys are known
// from the service side of the emulator's hub.
import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { program, run } from './harness/process.mjs';
import { parseToken } from './harness/sas.mjs';
import { assertHasNone, secretsOf } from './harness/secrets.mjs';
import { test } from './harness/test.mjs';
import { TpmRecorder } from './harness/tpm_recorder.mjs';

const MODULES = { AppB: 2, AppC: 3, AppD: 12 };

/// Everything below a folder that its group or others may read.
async function readableByOthers(folder) {
  const found = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile() && ((await stat(path)).mode & 0o044) !== 0) found.push({ path, bytes: await readFile(path) });
  }
  return found;
}

async function assertNoKeyOnTheBus(bench, slotAuth) {
  const device = await bench.enrolledDevice({ otherModuleIds: MODULES });
  const recorder = bench.keep(await TpmRecorder.start(device.tpm, join(bench.folder, 'bus')));
  await device.configure({ tpm: { tcti: recorder.tcti, slotAuth } });
  await device.expect(0, 'provision');
  const token = parseToken(await device.token(2));

  const { traffic, commands } = recorder;
  assert.ok(commands.length > 40 && traffic.length > 10_000, `${commands.length} commands are too few to be all of them`);
  assertHasNone(traffic, await secretsOf(device), 'the traffic to the TPM');
  // What is signed crosses the bus as it is: a secret would be seen as well.
  assert.ok(traffic.includes(token.signed));
}

test('no key crosses the bus to the TPM in clear', (bench) => assertNoKeyOnTheBus(bench, 'none'));

test('neither a key nor its auth value crosses the bus to the TPM in clear', (bench) => assertNoKeyOnTheBus(bench, 'agent'));

test('no secret is in a log, an argument or a file that others can read', async (bench) => {
  const device = await bench.enrolledDevice({ otherModuleIds: MODULES, tpm: { slotAuth: 'agent' } });
  const executed = join(bench.folder, 'executed');
  const said = [];
  const follow = async (...args) => {
    // The leak checker cannot work in a traced process.
    const { code, stdout, stderr } = await run('strace', ['-f', '-A', '-s', '100000', '-e', 'trace=execve', '-o', executed, program('device-agent'), ...args, '--verbose', '--config', device.configFile],
      { env: { ASAN_OPTIONS: 'detect_leaks=0' } });
    assert.equal(code, 0, stderr);
    said.push(stdout, stderr);
    return stdout;
  };
  await follow('provision');
  await follow('provision', '--verify', '--json');
  await follow('status');
  await follow('slot', 'list', '--json');
  await follow('config', 'show');
  const secrets = await secretsOf(device);
  assertHasNone(Buffer.from(said.join('')), secrets, 'what the agent says');

  // These two commands exist to say it.
  for (const command of ['token', 'connection-string']) assert.match(await follow('slot', command, '2'), /SharedAccessSignature/);
  const executions = await readFile(executed);
  assert.ok(executions.includes('"provision"'), 'arguments are recorded');
  assertHasNone(executions, secrets, 'the arguments');

  // The TPM's own folder is the inside of the chip.
  const files = (await readableByOthers(bench.folder)).filter(({ path }) => !path.startsWith(device.tpm.folder));
  assert.ok(files.some(({ path }) => path.endsWith('ca.pem')), 'readable files are found');
  for (const { path, bytes } of files) assertHasNone(bytes, secrets, path);
});
