// SPDX-License-Identifier: Apache-2.0
// What the socket API costs by itself, with a key in memory behind it: cached tokens a second, what it adds to a
// signature, and how a good client is served beside 500 hostile ones.
// api.mjs FILE: prints the results, and writes them between the marks in FILE. FLOOD_SECONDS=N: how long (default 60).
import { mkdtemp } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { program, run, Service } from '../tests/e2e/harness/process.mjs';
import { Bench } from '../tests/e2e/harness/test.mjs';
import { publish } from './publish.mjs';

const ROUNDS = Number(process.env.BENCH_RUNS ?? 5);
const SECONDS = 4;
const SIGNATURES = 500;  // a process may have 1000 at once
const FLOOD_SECONDS = Number(process.env.FLOOD_SECONDS ?? 60);

async function load(socket, ...args) {
  // Not output(): the flood takes as long as it takes, and each call is a process with an allowance of its own.
  const { code, stdout, stderr } = await run(program('api_load'), [socket, ...args.map(String)]);
  if (code !== 0) throw new Error(`api_load ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

const least = (results, pick) => Math.min(...results.map(pick));
const milliseconds = (microseconds) => `${(microseconds / 1000).toFixed(3)} ms`;

const bench = new Bench(await mkdtemp(join(tmpdir(), 'da-bench-')));
try {
  const socket = join(bench.folder, 'api.sock');
  const server = bench.keep(new Service(program('api_server'), [socket]));
  await server.line(/^READY/m);
  const cached = [];
  const signed = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    cached.push((await load(socket, 'calls', SECONDS)).cached);
    signed.push((await load(socket, 'signatures', SIGNATURES)).signed);
  }
  console.error('measured tokens');
  const flood = await load(socket, 'flood', FLOOD_SECONDS);
  await publish([
    `The best of ${ROUNDS} runs, and a flood of ${FLOOD_SECONDS} s, on ${cpus().length} cores that server and clients share, at a load average of ${loadavg()[0].toFixed(1)} in the end.`, '',
    '| | median | 99 % | a second |', '|---|---|---|---|',
    `| a cached token | ${milliseconds(least(cached, (r) => r.median))} (≤ 0.1 ms) | ${milliseconds(least(cached, (r) => r.p99))} | ${Math.round(Math.max(...cached.map((r) => r.calls)) / SECONDS)} (≥ 5000) |`,
    `| a token that is signed, by a key in memory: what the API adds | ${milliseconds(least(signed, (r) => r.median))} (≤ 0.2 ms) | ${milliseconds(least(signed, (r) => r.p99))} | |`,
    `| a token every 10 ms, alone | ${milliseconds(flood.alone.median)} | ${milliseconds(flood.alone.p99)} | |`,
    `| the same beside 500 clients that idle, dawdle and flood | ${milliseconds(flood.flooded.median)} (≤ 2 ×: ${(flood.flooded.median / flood.alone.median).toFixed(2)} ×) | ${milliseconds(flood.flooded.p99)} | |`, '',
    `The server had at most ${flood.serverDescriptors} descriptors open and ${(flood.serverResidentKb / 1024).toFixed(1)} MiB resident while it was flooded.`,
  ].join('\n'), process.argv[2], 'results of the socket API');
} finally {
  await bench.tearDown();
}
