// SPDX-License-Identifier: Apache-2.0
// What the daemon costs: its start, its tokens beside the bare TPM and beside other clients, and what it takes at rest.
// daemon.mjs FILE: prints the results, and writes them between the marks in FILE.
import { mkdtemp, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Daemon, granted } from '../tests/e2e/harness/daemon.mjs';
import { output, program } from '../tests/e2e/harness/process.mjs';
import { Bench } from '../tests/e2e/harness/test.mjs';
import { keyHandle } from '../tests/e2e/harness/slots.mjs';
import { publish } from './publish.mjs';

const ROUNDS = Number(process.env.BENCH_RUNS ?? 5);
const SIGNATURES = 400;  // less than the rate limit lets one process have at once
const SECONDS = 2;
const REST_SECONDS = 30;
const SLOT = 2;
const mint = join(process.env.NODE_SDK ?? '', 'mint.mjs');

const json = async (...args) => JSON.parse(await output(...args));
const least = (values) => Math.min(...values);

/// One request over a connection of its own; resolves when the answer is whole, rejects when nobody listens.
function ask(socketPath, path) {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, method: 'POST', agent: false });
    outgoing.on('error', reject);
    outgoing.on('response', (answer) => answer.resume().on('end', () => resolve(answer.statusCode)));
    outgoing.end();
  });
}

/// Milliseconds from the start of the program until an application has its connection string.
async function startTime(bench, device) {
  const began = performance.now();
  const daemon = bench.keep(new Daemon(device));
  for (;;) {
    const status = await ask(device.configuration.socket, '/v1/identity/connection-string?application=AppB').catch(() => undefined);
    if (status === 200) break;
    if (daemon.hasEnded) throw new Error(daemon.written);
    await pause(0.2);
  }
  const took = performance.now() - began;
  await daemon.stop();
  return took;
}

/// What the process takes: resident and private memory in KiB, and how often its threads woke up so far.
async function taken(pid) {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const sizes = Object.fromEntries([...rollup.matchAll(/^(\w+): +(\d+) kB$/gm)].map(([, name, size]) => [name, Number(size)]));
  const switches = await output('sh', ['-c', `cat /proc/${pid}/task/*/status`]);
  const woken = [...switches.matchAll(/^voluntary_ctxt_switches:\s+(\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
  return { resident: sizes.Rss, private: sizes.Private_Clean + sizes.Private_Dirty, woken };
}

const bench = new Bench(await mkdtemp(join(tmpdir(), 'da-bench-')));
try {
  const device = await bench.provisionedDevice({ applications: granted('AppB') });
  await device.emulator.stop();  // all of this needs no network
  const { socket } = device.configuration;
  const { tcti } = device.tpm;

  const starts = [];
  for (let round = 0; round < ROUNDS; round += 1) starts.push(await startTime(bench, device));

  const figures = { open: [], connected: [], uncached: [], cached: [], rate: [], tool: [], sdk: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const bare = await json(program('bare_hmac'), [tcti, String(keyHandle(SLOT)), String(SIGNATURES)]);
    figures.open.push(bare.open);
    figures.connected.push(bare.connected);
    const daemon = await Daemon.start(bench, device);
    await daemon.reaches('provisioned');
    figures.uncached.push((await json(program('api_load'), [socket, 'signatures', String(SIGNATURES)])).signed.median);
    const { cached } = await json(program('api_load'), [socket, 'calls', String(SECONDS)]);
    figures.cached.push(cached.median);
    figures.rate.push(cached.calls / SECONDS);
    await daemon.stop();

    const began = performance.now();
    await device.tpm.hmac(keyHandle(SLOT), 'hub/devices/dev-1/modules/AppB\n1900000000');
    figures.tool.push(1000 * (performance.now() - began));
    if (process.env.NODE_SDK) figures.sdk.push((await json(process.execPath, [mint, device.tpm.socket, '50'])).median);
  }

  const daemon = await Daemon.start(bench, device);
  await daemon.reaches('provisioned');
  await ask(socket, '/v1/identity/token?application=AppB');
  const before = await taken(daemon.pid);
  await pause(1000 * REST_SECONDS);
  const after = await taken(daemon.pid);

  const us = (values) => `${Math.round(least(values))} µs`;
  const added = (values, floor) => `${((least(values) - least(floor)) / 1000).toFixed(2)} ms added`;
  await publish([
    `The least (of the rate: the most) of ${ROUNDS} runs, on ${cpus().length} cores, at a load average of ${loadavg()[0].toFixed(1)} in the end.`, '',
    '| | | budget |', '|---|---|---|',
    `| start of a provisioned agent without a network, until an application has its connection string | ${Math.round(least(starts))} ms | ≤ 50 ms |`,
    `| TPM2_HMAC alone, over an open connection | ${us(figures.open)} | |`,
    `| TPM2_HMAC alone, with a connection for each, as the agent does without a resource manager | ${us(figures.connected)} | |`,
    `| token by the socket, signed | ${us(figures.uncached)}; ${added(figures.uncached, figures.connected)} | ≤ 0.2 ms added |`,
    `| token by the socket, from the cache | ${us(figures.cached)} | ≤ 100 µs |`,
    `| tokens a second from the cache, one client | ${Math.round(Math.max(...figures.rate))} | ≥ 5000 |`,
    `| a signature by tpm2-tools (tpm2_hmac) | ${us(figures.tool)} | |`,
    ...(figures.sdk.length > 0 ? [`| a token by the Azure SDK for Node.js, signed by its TPM client | ${us(figures.sdk)} | |`] : []),
    `| at rest: resident memory | ${(after.resident / 1024).toFixed(1)} MiB | ≤ 16 MB |`,
    `| at rest: private memory | ${(after.private / 1024).toFixed(1)} MiB | ≤ 6 MB |`,
    `| at rest: wake-ups a second | ${((after.woken - before.woken) / REST_SECONDS).toFixed(2)} | ≤ 4 |`,
  ].join('\n'), process.argv[2], 'results of the daemon');
} finally {
  await bench.tearDown();
}
