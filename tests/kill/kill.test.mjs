// SPDX-License-Identifier: Apache-2.0
// Killed with SIGKILL at every system call that leaves the process: each command to the TPM and each answer, each
// request and each file operation. Then the slots must still be of use, and the same command, run again, must end as if
// nothing had happened, with nothing left behind.
//
// KILL_POINTS=all tries every point (make test-kill); otherwise a sample of KILL_SAMPLE (default 5) points a scenario,
// drawn by KILL_SEED (default 1). KILL_POINTS=12,40 tries these.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, lstat, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { program, run } from '../e2e/harness/process.mjs';
import { assertLetIn, EK, keyHandle, nvIndex, SRK } from '../e2e/harness/slots.mjs';
import { NOTHING_LOADED } from '../e2e/harness/software_tpm.mjs';
import { test } from '../e2e/harness/test.mjs';

// What leaves the process: to the TPM and the services, and to the disk. At each the process dies before it is done.
const CALLS = 'write,sendto,sendmsg,recvfrom,connect,rename,unlink,fsync,fchmod,mkdir';
// The leak checker cannot work in a traced process.
const TRACED = { ASAN_OPTIONS: 'detect_leaks=0' };

const PERSISTENT = 2;  // slots 0 and 1 lie in the TPM, the others are wrapped files
const TPM = { persistentSlots: PERSISTENT };

const MODULES = { 1: 'dmModule', 2: 'AppB' };

const strace = (device, log, inject, command) =>
  run('strace', ['-f', '-o', log, '-e', `trace=${CALLS}`, ...inject, program('device-agent'), ...command, '--config', device.configFile],
    { env: TRACED });

/// The device as the scenario finds it, made once and stopped: each point is tried on a copy, with a TPM, an emulator and a
/// state directory of its own.
class Beginning {
  static async make(bench, { start }) {
    const device = await start(bench);
    await device.emulator.control('PUT', '/settings', { retryAfter: 0 });  // nobody shall wait
    const { slots } = await device.json('slot', 'list');
    await device.tpm.stop();
    await device.emulator.stop();
    return Object.assign(new Beginning(), { folder: bench.folder, configuration: device.configuration, slots });
  }

  async copy(bench) {
    for (const name of ['tpm', 'emulator', 'state']) {
      const from = join(this.folder, name);
      if (existsSync(from)) await cp(from, join(bench.folder, name), { recursive: true, filter: isFileOrFolder });
    }
    const { otherModuleIds, tpm: { persistentSlots } } = this.configuration;
    return bench.blankDevice({ otherModuleIds, tpm: { persistentSlots } });
  }
}

const isFileOrFolder = async (path) => {
  const about = await lstat(path);
  return about.isFile() || about.isDirectory();
};

/// Every call that the main thread makes when nothing kills it, in order: { call, when }, the when-th of its kind, which
/// is how strace counts.
async function listCalls(device, scenario) {
  const log = join(device.folder, 'calls');
  const { code, stderr } = await strace(device, log, [], scenario.command);
  assert.equal(code, 0, stderr);
  const lines = (await readFile(log, 'utf8')).split('\n').map((line) => /^(\d+) +([a-z]+)\(/.exec(line)).filter(Boolean);
  const [[, main]] = lines;
  const seen = {};
  return lines.filter(([, thread]) => thread === main).map(([, , call]) => ({ call, when: (seen[call] = (seen[call] ?? 0) + 1) }));
}

function chosenPoints(count) {
  const { KILL_POINTS: wanted, KILL_SAMPLE: sample = '5', KILL_SEED: seed = '1' } = process.env;
  if (wanted === 'all') return Array.from({ length: count }, (_, index) => index + 1);
  if (wanted) return wanted.split(',').map(Number);
  console.log(`KILL_SEED=${seed}`);
  const draw = (index) => createHash('sha256').update(`${seed} ${index}`).digest().readUInt32BE() % count;
  return Array.from({ length: Number(sample) }, (_, index) => 1 + draw(index));
}

/// What worked before and is still wanted is in its slot, or waits beside it.
async function assertNothingLost(device, before) {
  const { slots } = await device.json('slot', 'list');
  for (const old of before.filter(({ state }) => state === 'filled')) {
    const now = slots.find(({ slot }) => slot === old.slot);
    const kept = now.state === 'filled' && now.device === old.device && now.module === old.module;
    assert.ok(kept || now.staged, `slot ${old.slot} was ${JSON.stringify(old)} and is ${JSON.stringify(now)}`);
  }
}

async function assertAsIfNothingHadHappened(device, { modules, hub }) {
  const name = device.emulator.info.hubs[hub];
  const { device: deviceId } = await device.json('slot', 'show', '0');
  await assertLetIn(device, 0, { hub: name, deviceId });
  for (const [slot, moduleId] of Object.entries(modules)) await assertLetIn(device, Number(slot), { hub: name, deviceId, moduleId });

  const inTpm = [0, ...Object.keys(modules).map(Number)].filter((slot) => slot < PERSISTENT);
  assert.deepEqual(await device.tpm.handles('handles-persistent'), [SRK, ...inTpm.map((slot) => keyHandle(slot)), EK]);
  assert.deepEqual(await device.tpm.handles('handles-nv-index'), inTpm.map((slot) => nvIndex(slot)));
  assert.deepEqual(await device.tpm.loaded(), NOTHING_LOADED);
  const wrapped = Object.keys(modules).map(Number).filter((slot) => slot >= PERSISTENT);
  assert.deepEqual(Object.keys(await device.stateFiles()), ['record.json', ...wrapped.map((slot) => `slot-${slot}`)]);
}

async function killAt(device, beginning, scenario, { call, when }) {
  const { code } = await strace(device, join(device.folder, 'calls'), ['-e', `inject=${call}:signal=SIGKILL:when=${when}`], scenario.command);
  assert.equal(code, null, 'it was not killed');
  await assertNothingLost(device, beginning.slots);
  await device.expect(0, ...scenario.command);
  await assertAsIfNothingHadHappened(device, scenario);
}

/// Runs `work` on each item, as many at a time as there are processors; all are tried, whatever fails. Resolves to the
/// errors.
async function forEachAtOnce(items, work) {
  const waiting = [...items];
  const errors = [];
  await Promise.all(Array.from({ length: availableParallelism() }, async () => {
    while (waiting.length > 0) await work(waiting.shift()).catch((error) => errors.push(error));
  }));
  return errors;
}

async function killEverywhere(bench, scenario) {
  const beginning = await bench.inFolder('beginning', (inner) => Beginning.make(inner, scenario), { keep: true });
  const onCopy = (name, body) => bench.inFolder(name, async (inner) => body(await beginning.copy(inner)));
  const calls = await onCopy('whole', (device) => listCalls(device, scenario));
  assert.ok(calls.length > 100, `only ${calls.length} calls`);
  const points = chosenPoints(calls.length);
  console.log(`points ${points.length > 20 ? 'all' : points.join(', ')} of ${calls.length}`);
  const errors = await forEachAtOnce(points, (point) => onCopy(`at-${point}`, async (device) => {
    const { call, when } = calls[point - 1];
    try {
      await killAt(device, beginning, scenario, calls[point - 1]);
    } catch (error) {
      throw new Error(`killed at point ${point}, ${call} ${when} (KILL_POINTS=${point}): ${error.message}`, { cause: error });
    }
  }));
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of ${points.length} points:\n${errors.map(({ message }) => message).join('\n')}`);
}

test('a first provisioning, killed at any point, loses nothing and ends well when run again', (bench) => killEverywhere(bench, {
  start: (inner) => inner.enrolledDevice({ tpm: TPM }),
  command: ['provision'],
  modules: MODULES,
  hub: 0,
}));

test('an added module, killed at any point, loses nothing and ends well when run again', (bench) => killEverywhere(bench, {
  start: async (inner) => {
    const device = await inner.provisionedDevice({ tpm: TPM, otherModuleIds: {} });
    await device.configure({ otherModuleIds: { AppB: 2 } });
    return device;
  },
  command: ['provision'],
  modules: MODULES,
  hub: 0,
}));

test('a move to another hub, killed at any point, loses nothing and ends well when run again', (bench) => killEverywhere(bench, {
  start: async (inner) => {
    const device = await inner.provisionedDevice({ tpm: TPM });
    await device.enroll('--hub', device.emulator.info.hubs[1]);
    return device;
  },
  command: ['reprovision'],
  modules: MODULES,
  hub: 1,
}));
