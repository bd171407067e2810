// SPDX-License-Identifier: Apache-2.0
// The configuration as its author meets it: every mistake at once, and what takes effect.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { program, run } from './harness/process.mjs';
import { test } from './harness/test.mjs';

const OLD_AGENT = join(dirname(fileURLToPath(import.meta.url)), '../samples/old-agent.json');

const config = (command, file, ...args) => run(program('device-agent'), ['config', command, '--config', file, ...args]);

/// Writes a configuration file and resolves to its path.
async function written(bench, content) {
  const file = join(bench.folder, 'device-agent.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2), { mode: 0o600 });
  return file;
}

test("the old agent's file is valid and takes effect as it stands", async () => {
  const { code, stdout, stderr } = await config('validate', OLD_AGENT);
  assert.equal(code, 0, stdout + stderr);

  const shown = JSON.parse((await config('show', OLD_AGENT)).stdout);
  const old = JSON.parse(await readFile(OLD_AGENT, 'utf8'));
  for (const key of ['dpsScopeId', 'dpsUri', 'deviceSlotNumber', 'dmModuleSlotNumber', 'dmModuleId', 'otherModuleIds', 'sasExpiryInterval']) {
    assert.deepEqual(shown[key], old[key], key);
  }
  assert.equal(shown.stateDirectory, '/var/lib/device-agent', 'defaults are filled in');
});

test('every mistake is told at once, with its place, key, reason and remedy', async (bench) => {
  const file = await written(bench, [
    '{',
    '  // a comment is no mistake',
    '  "dpsScopeID": "0ne00000001",',
    '  "deviceSlotNumber": "0",',
    '  "dmModuleSlotNumber": 51,',
    '  "otherModuleIds": { "AppB": 2, "AppC": 2 }',
    '}',
  ].join('\n'));
  const { code, stderr } = await config('validate', file);
  assert.equal(code, 3);
  for (const [line, word] of [[3, 'dpsScopeId'], [4, 'deviceSlotNumber'], [5, 'dmModuleSlotNumber'], [6, 'AppC']]) {
    assert.match(stderr, new RegExp(`device-agent\\.json:${line}:\\d+: .*${word}`), `line ${line}`);
  }

  const { problems } = JSON.parse((await config('validate', file, '--json')).stdout);
  assert.ok(problems.length >= 4);
  for (const { file: where, line, column, reason, remedy } of problems) {
    assert.ok(where.endsWith('device-agent.json') && line > 0 && column > 0 && reason !== '' && remedy !== '');
  }
});

test('the example is valid', async (bench) => {
  const example = await run(program('device-agent'), ['config', 'example']);
  assert.equal(example.code, 0, example.stderr);
  const { code, stderr } = await config('validate', await written(bench, example.stdout));
  assert.equal(code, 0, stderr);
});

test('the schema is JSON and names every key that show prints', async () => {
  const { code, stdout } = await run(program('device-agent'), ['config', 'schema']);
  assert.equal(code, 0);
  const { properties } = JSON.parse(stdout);
  const shown = JSON.parse((await config('show', OLD_AGENT)).stdout);
  for (const key of Object.keys(shown)) assert.ok(properties[key], `${key} is not in the schema`);
});

test('drop-in files are merged in the order of their names', async (bench) => {
  const file = await written(bench, { dpsScopeId: '0ne00000001', dmModuleId: 'dmModule' });
  const folder = join(bench.folder, 'device-agent.d');
  await mkdir(folder);
  await writeFile(join(folder, '10-site.json'), '{"dmModuleId": "first", "otherModuleIds": {"AppB": 2}}');
  await writeFile(join(folder, '20-device.json'), '{"dmModuleId": "second"}');
  const shown = JSON.parse((await config('show', file)).stdout);
  assert.equal(shown.dmModuleId, 'second');
  assert.deepEqual(shown.otherModuleIds, { AppB: 2 });
});

test('show keeps secrets to itself', async (bench) => {
  const secret = 'c2VjcmV0LWtleS1vZi10aGUtZGV2aWNl';
  const file = await written(bench, { connectionString: `HostName=hub.test;DeviceId=d;SharedAccessKey=${secret}` });
  const { code, stdout, stderr } = await config('show', file);
  assert.equal(code, 0, stderr);
  assert.ok(!(stdout + stderr).includes(secret));
});
