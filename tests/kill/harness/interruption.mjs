// SPDX-License-Identifier: Apache-2.0
// What the tests share that interrupt the agent at a system call: by SIGKILL, or by an error of the disk.
//
// KILL_POINTS=all tries every point (make test-kill); otherwise a sample of KILL_SAMPLE (default 3) points a scenario,
// drawn by KILL_SEED (default 1). KILL_POINTS=12,40 tries these.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, lstat, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { program, run } from '../../e2e/harness/process.mjs';
import { assertLetIn, EK, keyHandle, nvIndex, SRK } from '../../e2e/harness/slots.mjs';
import { NOTHING_LOADED } from '../../e2e/harness/software_tpm.mjs';

// What leaves the process: to the TPM and the services, and to the disk. At each the process is stopped before it is
// done.
const CALLS = 'write,sendto,sendmsg,recvfrom,connect,rename,unlink,fsync,fchmod,mkdir';
// The leak checker cannot work in a traced process.
const TRACED = { ASAN_OPTIONS: 'detect_leaks=0' };

const PERSISTENT = 2;  // slots 0 and 1 lie in the TPM, the others are wrapped files
const TPM = { persistentSlots: PERSISTENT };
const MODULES = { 1: 'dmModule', 2: 'AppB' };

export const FIRST_PROVISIONING = {
  start: (bench) => bench.enrolledDevice({ tpm: TPM }),
  command: ['provision'],
  check: (device) => assertAsIfNothingHadHappened(device, { modules: MODULES, hub: 0 }),
};

export const ADDED_MODULE = {
  start: async (bench) => {
    const device = await bench.provisionedDevice({ tpm: TPM, otherModuleIds: {} });
    await device.configure({ otherModuleIds: { AppB: 2 } });
    return device;
  },
  command: ['provision'],
  check: (device) => assertAsIfNothingHadHappened(device, { modules: MODULES, hub: 0 }),
};

export const SWAP = {
  start: async (bench) => {
    const device = await bench.provisionedDevice({ tpm: TPM });
    await device.configure({ dmModuleSlotNumber: 2, otherModuleIds: { AppB: 1 } });
    return device;
  },
  command: ['provision'],
  check: (device) => assertAsIfNothingHadHappened(device, { modules: { 1: 'AppB', 2: 'dmModule' }, hub: 0 }),
};

export const MOVE_TO_ANOTHER_HUB = {
  start: async (bench) => {
    const device = await bench.provisionedDevice({ tpm: TPM });
    await device.enroll('--hub', device.emulator.info.hubs[1]);
    return device;
  },
  command: ['reprovision'],
  check: (device) => assertAsIfNothingHadHappened(device, { modules: MODULES, hub: 1 }),
};

const isFileOrFolder = async (path) => {
  const about = await lstat(path);
  return about.isFile() || about.isDirectory();
};

/// The device as the scenario finds it, made once and stopped, with an emulator that makes nobody wait. Each point is tried
/// on a copy, with a TPM, an emulator and a state directory of its own.
class Beginning {
  static async make(bench, { start }) {
    const device = await start(bench);
    await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
    const { slots } = await device.json('slot', 'list');
    return Object.assign(new Beginning(), { folder: bench.folder, configuration: device.configuration, slots });
  }

  async copy(bench) {
    await cp(this.folder, bench.folder, { recursive: true, filter: isFileOrFolder });
    const moved = JSON.stringify(this.configuration).replaceAll(this.folder, bench.folder);
    return bench.resumedDevice(JSON.parse(moved));
  }
}

/// Runs the scenario's command; `inject` is an expression of strace, e.g. "write:signal=SIGKILL:when=3".
export function strace(device, log, command, inject) {
  return run('strace', ['-f', '-y', '-o', log, '-e', `trace=${CALLS}`, ...(inject ? ['-e', `inject=${inject}`] : []),
    program('device-agent'), ...command, '--config', device.configFile], { env: TRACED });
}

/// Every call that the main thread makes when nothing stops it, in order: { call, when, line }, the when-th of its kind,
/// which is how strace counts.
async function listCalls(device, scenario) {
  const log = join(device.folder, 'calls');
  const { code, stderr } = await strace(device, log, scenario.command);
  assert.equal(code, 0, stderr);
  const lines = (await readFile(log, 'utf8')).split('\n').map((line) => /^(\d+) +([a-z]+)\((.*)/.exec(line)).filter(Boolean);
  const [[, main]] = lines;
  const seen = {};
  return lines.filter(([, thread]) => thread === main)
    .map(([, , call, line]) => ({ call, line, when: (seen[call] = (seen[call] ?? 0) + 1) }));
}

/// Numbers from 1 to `count`, `usual` of them where nobody says how many.
function chosenPoints(count, usual) {
  const { KILL_POINTS: wanted, KILL_SAMPLE: sample = usual, KILL_SEED: seed = '1' } = process.env;
  if (wanted === 'all') return Array.from({ length: count }, (_, index) => index + 1);
  if (wanted) return wanted.split(',').map(Number);
  console.log(`KILL_SEED=${seed}`);
  const draw = (index) => createHash('sha256').update(`${seed} ${index}`).digest().readUInt32BE() % count;
  return Array.from({ length: Number(sample) }, (_, index) => 1 + draw(index));
}

/// What worked before and is still wanted is in a slot, or waits for one.
export async function assertNothingLost(device, before) {
  const { slots } = await device.json('slot', 'list');
  // Without the hub, which may change.
  const nameOf = ({ device: id, module }) => (module ? `${id}/${module}` : id);
  const held = slots.filter(({ state }) => state === 'filled').map(nameOf);
  const waiting = slots.filter(({ staged }) => staged).map(({ staged }) => staged.slice(staged.indexOf('/') + 1));
  for (const old of before.filter(({ state }) => state === 'filled').map(nameOf)) {
    assert.ok(held.includes(old) || waiting.includes(old), `${old} is lost: ${JSON.stringify(slots)}`);
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

/// Runs `body(device, call, before)` for a sample of those calls of the scenario that `choose(calls)` returns, each with a
/// device of its own; `before` is what its slots hold.
export async function interrupt(bench, scenario, choose, body) {
  const beginning = await bench.inFolder('beginning', (inner) => Beginning.make(inner, scenario), { keep: true });
  const onCopy = (name, work) => bench.inFolder(name, async (inner) => work(await beginning.copy(inner)));
  const all = await onCopy('whole', (device) => listCalls(device, scenario));
  const calls = choose(all);
  assert.ok(calls.length > 0, `none of ${all.length} calls`);
  const points = chosenPoints(calls.length, scenario.sample ?? 3);
  console.log(`points ${points.length > 20 ? 'all' : points.join(', ')} of ${calls.length}`);
  const errors = await forEachAtOnce(points, (point) => onCopy(`at-${point}`, async (device) => {
    const call = calls[point - 1];
    try {
      await body(device, call, beginning.slots);
    } catch (error) {
      throw new Error(`at point ${point}, ${call.call} ${call.when} (KILL_POINTS=${point}): ${error.message}`, { cause: error });
    }
  }));
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of ${points.length} points:\n${errors.map(({ message }) => message).join('\n')}`);
}

/// The command, killed at this call.
export async function killAt(device, { call, when }, { command }) {
  const { code } = await strace(device, join(device.folder, 'calls'), command, `${call}:signal=SIGKILL:when=${when}`);
  assert.equal(code, null, 'it was not killed');
}

/// Kills the scenario's command at every call. A scenario is { start(bench), command, check(device) }: the device as it is
/// found, what is killed, and what must be true once it was run again; `leastCalls` is how many calls there are at least,
/// and `sample` how many are tried where the environment does not say.
export function killEverywhere(bench, scenario) {
  const everyCall = (calls) => {
    assert.ok(calls.length > (scenario.leastCalls ?? 100), `only ${calls.length} calls`);
    return calls;
  };
  return interrupt(bench, scenario, everyCall, async (device, call, before) => {
    await killAt(device, call, scenario);
    await assertNothingLost(device, before);
    await device.expect(0, ...scenario.command);
    await scenario.check(device);
  });
}
