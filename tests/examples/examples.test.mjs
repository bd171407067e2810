// SPDX-License-Identifier: Apache-2.0
// Each example by the commands of its own README, and all of them while the device moves to another hub.
import assert from 'node:assert/strict';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandsOf, runCommands } from '../e2e/harness/guide.mjs';
import { test } from '../e2e/harness/test.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STAND_IN = fileURLToPath(new URL('systemd_stand_in.py', import.meta.url));

// The folder of each example, its module, and whether it answers desired properties.
const EXAMPLES = [
  { name: 'node', module: 'NodeExample', answers: true },
  { name: 'c-paho', module: 'CExample', answers: true },
  { name: 'cpp', module: 'CppExample' },
  { name: 'shell', module: 'ShellExample' },
  { name: 'systemd', module: 'SystemdExample' },
];
// The unit's example has no command of a laptop: systemd's part is played.
const UNIT = `'${STAND_IN}' examples/systemd/example.service examples/systemd/module.sh ~/laptop/run/credential.sock &
laptop telemetry ~/laptop SystemdExample`;
// A script that is run now and then follows when it is run the next time.
const RUN_AGAIN = { shell: "examples/shell/publish.sh '{\"from\": \"shell\"}'" };

const readme = (folder) => readFile(join(ROOT, 'examples', folder, 'README.md'), 'utf8');
const startCommands = async () => commandsOf(await readme('.'));
const exampleCommands = async (name) => (name === 'systemd' ? UNIT : commandsOf(await readme(name)));

/// The repository as the commands need it: the examples, and what `make build` leaves. The programs are those under test;
/// the library is the one that is shipped, for applications are not built for a sanitizer.
async function clone(bench) {
  const folder = join(bench.folder, 'clone');
  const release = join(folder, 'build', 'release');
  await mkdir(release, { recursive: true });
  await cp(join(ROOT, 'examples'), join(folder, 'examples'), { recursive: true });
  await symlink(resolve(process.env.DEVICE_AGENT_BIN), join(release, 'bin'));
  await symlink(join(ROOT, 'build', 'release', 'cmake_install.cmake'), join(release, 'cmake_install.cmake'));
  return folder;
}

async function runOnLaptop(bench, script) {
  const { code, stdout, stderr } = await runCommands(bench, `trap 'laptop down ~/laptop; kill $(jobs -p) 2>/dev/null || true' EXIT\n${script}`,
    { cwd: await clone(bench), env: { HOME: bench.folder } });
  assert.equal(code, 0, `${stdout}${stderr}`);
  return stdout;
}

const messagesIn = (stdout) => stdout.split('\n').filter((line) => line.startsWith('{"hub"')).map((line) => JSON.parse(line));

for (const { name, module, answers } of EXAMPLES) {
  test(`the example ${name} does what its README says`, async (bench) => {
    const stdout = await runOnLaptop(bench, `${await startCommands()}\n${await exampleCommands(name)}`);
    const [message] = messagesIn(stdout);
    assert.deepEqual([message.hub, message.moduleId], ['localhost', module]);
    assert.ok(message.json.from, JSON.stringify(message));
    if (answers) assert.match(stdout, /^\{\n {2}"interval": 5\n\}$/m);
  });
}

test('every example follows the device to another hub', async (bench) => {
  const script = [await startCommands()];
  for (const { name } of EXAMPLES) script.push(`cd ~/clone\n${await exampleCommands(name)}\nunset DEVICE_AGENT_APPLICATION`);
  script.push('cd ~/clone', 'laptop move ~/laptop', 'moved=$EPOCHREALTIME');
  for (const { name, module } of EXAMPLES) {
    if (RUN_AGAIN[name]) script.push(`DEVICE_AGENT_APPLICATION=${module} ${RUN_AGAIN[name]}`);
    script.push(`laptop telemetry ~/laptop ${module}`, `jq -n "$EPOCHREALTIME - $moved | {seconds: ., example: \\"${name}\\"}" -c`);
  }
  const stdout = await runOnLaptop(bench, script.join('\n'));
  const behindMove = messagesIn(stdout).slice(EXAMPLES.length);
  assert.deepEqual(behindMove.map(({ hub, moduleId }) => [hub, moduleId]), EXAMPLES.map(({ module }) => ['127.0.0.1', module]));
  for (const line of stdout.split('\n').filter((text) => text.startsWith('{"seconds"'))) {
    const { example, seconds } = JSON.parse(line);
    console.log(`${example}: sends in the new hub ${seconds.toFixed(1)} s after the move`);
  }
});
