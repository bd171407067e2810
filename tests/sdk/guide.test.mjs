// SPDX-License-Identifier: Apache-2.0
// "Five minutes" of docs/emulator.md: its commands and programs as they stand there, in order, in a clean folder.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blocksOf, commandsOf, runCommands, sectionOf } from '../e2e/harness/guide.mjs';
import { test } from '../e2e/harness/test.mjs';

const DOCUMENT = fileURLToPath(new URL('../../docs/emulator.md', import.meta.url));

/// The name of a program that is to be saved stands in its first line.
const fileName = (text) => /^\/\/ ([\w.]+):/.exec(text)[1];

test('a newcomer who does what "Five minutes" says is connected', async (bench) => {
  const section = sectionOf(await readFile(DOCUMENT, 'utf8'), 'Five minutes');
  const folder = join(bench.folder, 'clean');
  await mkdir(folder);
  for (const { language, text } of blocksOf(section)) {
    if (language !== 'sh') await writeFile(join(folder, fileName(text)), text);
  }
  const { code, stdout, stderr } = await runCommands(bench, commandsOf(section), { cwd: folder });
  assert.equal(code, 0, `${stdout}${stderr}`);

  const telemetry = stdout.split('\n').filter((line) => line.startsWith('{"deviceId"')).map((line) => JSON.parse(line));
  assert.deepEqual(telemetry.map(({ deviceId, moduleId, json }) => [deviceId, moduleId, json.from]), [
    ['press-7', null, 'node'], ['press-7', 'AppB', 'node'], ['press-7', null, 'mosquitto'], ['press-7', null, 'paho'], ['press-8', null, 'node'],
  ]);
  assert.match(stdout, /^"1\.2"$/m, 'the module reported its firmware');
  assert.match(stdout, /^https:\/\/localhost(:443)?\/_emulator\/#token=/m);
});
