// SPDX-License-Identifier: Apache-2.0
// What the emulator can take: handshakes and registrations a second, and memory for connected modules. The load comes from
// a process of its own.
// emulator.mjs FILE: prints the results, and writes them between the marks in FILE.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { output, program, Service } from '../tests/e2e/harness/process.mjs';
import { Bench } from '../tests/e2e/harness/test.mjs';
import { publish } from './publish.mjs';

const ROUNDS = Number(process.env.BENCH_RUNS ?? 5);
const SECONDS = 4;
const CLIENTS = 64;
const MODULES = [1, 1000, 10_000];
const DEVICE_SIZE = 50;  // a hub's limit of modules a device
const BULK_SIZE = 100;   // a hub's limit of entries a request

const loader = program('emulator_load');

async function writePlan(bench, plan) {
  const file = join(bench.folder, `${plan.mode}-${process.hrtime.bigint()}.json`);
  await writeFile(file, JSON.stringify(plan), { mode: 0o600 });
  return file;
}

/// How many of the plan's work were done a second.
async function rate(bench, plan) {
  const { done, seconds } = JSON.parse(await output(loader, [await writePlan(bench, { clients: CLIENTS, seconds: SECONDS, ...plan })]));
  return done / seconds;
}

/// The most of each that were done a second: whatever else the machine does only takes away. They take turns, so that a
/// busy time of the machine hits all.
async function measureRates(bench) {
  const start = async (name, args) => {
    const emulator = await bench.startEmulator({ name, args });
    await emulator.control('PUT', '/settings', { retryAfter: 0 });
    await emulator.dpsService('PUT', '/enrollmentGroups/load', {
      body: { enrollmentGroupId: 'load', attestation: { type: 'symmetricKey', symmetricKey: { primaryKey: key, secondaryKey: key } } },
    }).then(({ status, body }) => assert.equal(status, 200, JSON.stringify(body)));
    return emulator;
  };
  const key = randomBytes(64).toString('base64');
  const kept = await start('kept', []);
  const inMemory = await start('memory', ['--memory']);
  const bare = bench.keep(new Service(program('bare_tls_server'), [join(kept.data, 'server.pem'), join(kept.data, 'server.key')]));
  await bare.line(/^READY \d+/m);

  const https = (emulator, plan) => ({ port: emulator.info.httpsPort, caFile: emulator.info.caFile, idScope: emulator.info.idScope, key, ...plan });
  const loads = {
    bare: () => ({ mode: 'handshakes', port: Number(/^READY (\d+)/m.exec(bare.written)[1]), caFile: kept.info.caFile }),
    handshakes: () => https(kept, { mode: 'handshakes' }),
    registrations: (round) => https(kept, { mode: 'registrations', prefix: `r${round}-` }),
    inMemory: (round) => https(inMemory, { mode: 'registrations', prefix: `r${round}-` }),
  };
  const most = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, plan] of Object.entries(loads)) most[name] = Math.max(most[name] ?? 0, await rate(bench, plan(round)));
  }
  return most;
}

/// Makes so many modules, all with the same key.
async function fillRegistry(emulator, count, key) {
  const entry = (id) => ({ ...id, importMode: 'create', authentication: { type: 'sas', symmetricKey: { primaryKey: key, secondaryKey: key } } });
  const devices = Array.from({ length: Math.ceil(count / DEVICE_SIZE) }, (_, device) => entry({ id: `d${device}` }));
  const modules = Array.from({ length: count }, (_, number) => entry({ id: `d${Math.floor(number / DEVICE_SIZE)}`, moduleId: `m${number % DEVICE_SIZE}` }));
  for (const entries of [devices, modules]) {
    for (let begin = 0; begin < entries.length; begin += BULK_SIZE) {
      const { status, body } = await emulator.hubService(emulator.hub, 'POST', '/devices', { body: entries.slice(begin, begin + BULK_SIZE) });
      assert.ok(status === 200 && body.isSuccessful, JSON.stringify(body));
    }
  }
}

/// Resident memory of a process, in KiB.
async function residentKiB(pid) {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]);
}

/// The memory of an emulator that knows 10 000 modules, before and after so many of them are connected.
async function measureMemory(bench, count) {
  return bench.inFolder(`modules-${count}`, async (inner) => {
    const key = randomBytes(32).toString('base64');
    const emulator = await inner.startEmulator();
    await fillRegistry(emulator, Math.max(...MODULES), key);
    const before = await residentKiB(emulator.pid);
    const plan = { mode: 'modules', port: emulator.info.mqttPort, caFile: emulator.info.caFile, clients: count, key, hub: emulator.hub, deviceSize: DEVICE_SIZE };
    const load = inner.keep(new Service(loader, [await writePlan(inner, plan)]));
    await load.line(/"done"/);
    const after = await residentKiB(emulator.pid);  // asked first: the list that follows takes memory of its own
    const { connections } = await emulator.control('GET', '/connections');
    assert.equal(connections.filter(({ protocol, identity, closed }) => protocol === 'mqtt' && identity && !closed).length, count);
    const { done, seconds } = JSON.parse(load.written);
    return { before, after, rate: done / seconds };
  });
}

const mebibytes = (kib) => `${(kib / 1024).toFixed(1)} MiB`;

function rateRow(name, rate, { bare }, budget = '') {
  return `| ${name} | ${Math.round(rate)} | ${Math.round((100 * rate) / bare)} %${budget} |`;
}

function memoryRow(count, { before, after, rate }) {
  const budget = count === Math.max(...MODULES) ? ' (≤ 1.2 GB)' : '';
  return `| ${count} | ${mebibytes(before)} | ${mebibytes(after)}${budget} | ${((after - before) / count).toFixed(1)} KiB | ${count > 1 ? Math.round(rate) : ''} |`;
}

const bench = new Bench(await mkdtemp(join(tmpdir(), 'da-bench-')));
try {
  const rates = await measureRates(bench);
  console.error('measured handshakes and registrations');
  const memory = [];
  for (const count of MODULES) {
    memory.push(memoryRow(count, await measureMemory(bench, count)));
    console.error(`measured ${count} connected modules`);
  }
  await publish([
    `The most of ${ROUNDS} runs of ${SECONDS} s each, with ${CLIENTS} clients at a time, on ${cpus().length} cores that emulator and clients share, at a load average of ${loadavg()[0].toFixed(1)} in the end (the load itself is part of it).`, '',
    '| | a second | of the bare handshakes (budget) |', '|---|---|---|',
    rateRow('bare TLS handshakes (a server that does nothing else)', rates.bare, rates),
    rateRow('TLS handshakes with the emulator', rates.handshakes, rates),
    rateRow('registrations by symmetric key', rates.registrations, rates, ' (≥ 70 %)'),
    rateRow('the same with `--memory`', rates.inMemory, rates), '',
    '| connected modules | memory before | memory with them | for each | connected a second |', '|---|---|---|---|---|',
    ...memory,
  ].join('\n'), process.argv[2], 'results of the emulator');
} finally {
  await bench.tearDown();
}
