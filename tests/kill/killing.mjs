// SPDX-License-Identifier: Apache-2.0
// Killed with SIGKILL at every system call that leaves the process: each command to the TPM and each answer, each
// request and each file operation. Then the slots must still be of use, and the same command, run again, must end as if
// nothing had happened, with nothing left behind.
//
// KILL_POINTS=all tries every point (make test-kill); otherwise a sample of KILL_SAMPLE (default 5) points a scenario,
// drawn by KILL_SEED (default 1). KILL_POINTS=12,40 tries these.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { program, run } from '../e2e/harness/process.mjs';

// What leaves the process: to the TPM and the services, and to the disk. At each the process dies before it is done.
const CALLS = 'write,sendto,sendmsg,recvfrom,connect,rename,unlink,fsync,fchmod,mkdir';
// The leak checker cannot work in a traced process.
const TRACED = { ASAN_OPTIONS: 'detect_leaks=0' };

const strace = (device, log, inject, command) =>
  run('strace', ['-f', '-o', log, '-e', `trace=${CALLS}`, ...inject, program('device-agent'), ...command, '--config', device.configFile],
    { env: TRACED });

/// The device as the scenario finds it, with an emulator that makes nobody wait.
async function prepare(bench, { start }) {
  const device = await start(bench);
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  return device;
}

/// Every call that the main thread makes when nothing kills it, in order: { call, when }, the when-th of its kind, which
/// is how strace counts.
async function listCalls(bench, scenario) {
  const device = await prepare(bench, scenario);
  const log = join(bench.folder, 'calls');
  const { code, stderr } = await strace(device, log, [], scenario.command);
  assert.equal(code, 0, stderr);
  const lines = (await readFile(log, 'utf8')).split('\n').map((line) => /^(\d+) +([a-z]+)\(/.exec(line)).filter(Boolean);
  const [[, main]] = lines;
  const seen = {};
  return lines.filter(([, thread]) => thread === main).map(([, , call]) => ({ call, when: (seen[call] = (seen[call] ?? 0) + 1) }));
}

function chosenPoints(count, usual) {
  const { KILL_POINTS: wanted, KILL_SAMPLE: sample = usual, KILL_SEED: seed = '1' } = process.env;
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

/// A scenario is { start(bench), command, leastCalls, sample, check(device) }: the device as it is found, what is killed,
/// how many points there are at least, how many are tried where the environment does not say, and what must be true in
/// the end.
export async function killEverywhere(bench, scenario) {
  const calls = await bench.inFolder('whole', (inner) => listCalls(inner, scenario));
  assert.ok(calls.length > (scenario.leastCalls ?? 100), `only ${calls.length} calls`);
  const points = chosenPoints(calls.length, scenario.sample ?? 5);
  console.log(`points ${points.length > 20 ? 'all' : points.join(', ')} of ${calls.length}`);
  for (const point of points) {
    const { call, when } = calls[point - 1];
    await bench.inFolder(`at-${point}`, async (inner) => {
      const device = await prepare(inner, scenario);
      const { slots: before } = await device.json('slot', 'list');
      const { code } = await strace(device, join(inner.folder, 'calls'), ['-e', `inject=${call}:signal=SIGKILL:when=${when}`], scenario.command);
      try {
        assert.equal(code, null, 'it was not killed');
        await assertNothingLost(device, before);
        await device.expect(0, ...scenario.command);
        await scenario.check(device);
      } catch (error) {
        throw new Error(`killed at point ${point}, ${call} ${when} (KILL_POINTS=${point}): ${error.message}`, { cause: error });
      }
    });
  }
}
