// SPDX-License-Identifier: Apache-2.0
// "Five minutes" of docs/emulator.md: its commands and programs as they stand there, in order, in a clean folder.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../e2e/harness/process.mjs';
import { test } from '../e2e/harness/test.mjs';

const DOCUMENT = fileURLToPath(new URL('../../docs/emulator.md', import.meta.url));

/// The fenced blocks of a section of the document, in order: { language, text }.
function blocksOf(document, title) {
  const section = document.split(/^## /m).find((text) => text.startsWith(`${title}\n`));
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({ language, text }));
}

/// The name of a program that is to be saved stands in its first line.
const fileName = (text) => /^\/\/ ([\w.]+):/.exec(text)[1];

// npm gives what the tests have installed, at pinned versions, and fails for a package that is not among it. The other
// one is for the test, which has its network namespace for itself and all rights in it.
const NPM = `#!/bin/sh
set -eu
test "$1" = install
shift
for package; do test -f "$SDK_TEST_MODULES/node_modules/$package/package.json"; done
ln -sfn "$SDK_TEST_MODULES/node_modules" node_modules
`;
const SUDO = '#!/bin/sh\nexec "$@"\n';

async function standIns(folder) {
  await mkdir(folder);
  for (const [name, text] of Object.entries({ npm: NPM, sudo: SUDO })) await writeFile(join(folder, name), text, { mode: 0o755 });
  return folder;
}

test('a newcomer who does what "Five minutes" says is connected', async (bench) => {
  const blocks = blocksOf(await readFile(DOCUMENT, 'utf8'), 'Five minutes');
  const folder = join(bench.folder, 'clean');
  await mkdir(folder);
  for (const { language, text } of blocks) {
    if (language !== 'sh') await writeFile(join(folder, fileName(text)), text);
  }
  const script = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text).join('\n');
  const path = [await standIns(join(bench.folder, 'stand-ins')), resolve(process.env.DEVICE_AGENT_BIN), process.env.PATH].join(':');
  // Whatever fails, the emulators that it started end with the shell.
  const { code, stdout, stderr } = await run('bash', ['-c', `set -euo pipefail\ntrap 'kill $(jobs -p)' EXIT\n${script}`],
    { cwd: folder, env: { NODE_EXTRA_CA_CERTS: undefined, PATH: path } });
  assert.equal(code, 0, `${stdout}${stderr}`);

  const telemetry = stdout.split('\n').filter((line) => line.startsWith('{"deviceId"')).map((line) => JSON.parse(line));
  assert.deepEqual(telemetry.map(({ deviceId, moduleId, json }) => [deviceId, moduleId, json.from]), [
    ['press-7', null, 'node'], ['press-7', 'AppB', 'node'], ['press-7', null, 'mosquitto'], ['press-7', null, 'paho'], ['press-8', null, 'node'],
  ]);
  assert.match(stdout, /^"1\.2"$/m, 'the module reported its firmware');
  assert.match(stdout, /^https:\/\/localhost(:443)?\/_emulator\/#token=/m);
});
