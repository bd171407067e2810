// SPDX-License-Identifier: Apache-2.0
// What provisioning costs: the agent, the floor under it, and the Azure SDK for Node.js, each from a blank TPM.
// provisioning.mjs FILE: prints the results, and writes them between the marks in FILE.
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readFile, stat } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Device } from '../tests/e2e/harness/device.mjs';
import { output, program, Service } from '../tests/e2e/harness/process.mjs';
import { SoftwareTpm } from '../tests/e2e/harness/software_tpm.mjs';
import { Bench } from '../tests/e2e/harness/test.mjs';
import { TpmRecorder } from '../tests/e2e/harness/tpm_recorder.mjs';
import { publish } from './publish.mjs';

// The shorter a run, the more it feels what else the machine does.
const RUNS = { 0: 3 * Number(process.env.BENCH_RUNS ?? 5), 100: Number(process.env.BENCH_RUNS ?? 5) };
const MODULES = [0, 10, 50];
const DELAYS = [0, 100];
const register = join(process.env.NODE_SDK, 'register.mjs');

function configurationFor(modules) {
  const others = Array.from({ length: Math.max(0, modules - 1) }, (_, index) => [`App${index + 2}`, index + 2]);
  return { dmModuleId: 'App1', dmModuleSlotNumber: modules === 0 ? 0 : 1, otherModuleIds: Object.fromEntries(others) };
}

/// The command line of each, for a device whose services are behind the proxy at `port`.
const COMMANDS = {
  agent: (device) => [program('device-agent'), 'provision', '--config', device.configFile],
  floor: (device, { registrationId, port, modules }) => [
    program('provisioning_floor'), device.configuration.tpm.tcti, `localhost:${port}`, device.configuration.dpsScopeId,
    registrationId, `localhost:${port}`, device.configuration.trustedCaFile, device.stateDirectory, String(modules),
  ],
  sdk: (device, { port }) => [process.execPath, register, 'register',
    device.configuration.tpm.tcti.replace('swtpm:path=', ''), `localhost:${port}`, device.configuration.dpsScopeId],
};

/// What to enroll; the SDK makes its endorsement key from another template than the agent.
async function enrollmentFor(kind, device) {
  return kind === 'sdk' ? output(process.execPath, [register, 'enrollment-info', device.tpm.socket]) : device.enrollmentInfo();
}

/// One run in a folder of its own. With `count` the bus to the TPM is listened to, which takes time.
async function run(bench, blank, { kind, modules, delay, count = false }) {
  const name = [kind, modules, delay, process.hrtime.bigint()].join('-');
  return bench.inFolder(name, async (inner) => {
    const startTpm = async (folder) => {
      await cp(blank, join(inner.folder, folder), { recursive: true, filter: (file) => !file.includes('sock') });
      return inner.startTpm(folder);
    };
    const emulator = await inner.startEmulator({ args: ['--memory'] });
    await emulator.control('PUT', '/settings', { retryAfter: 0 });

    // The same blank TPM twice: asking the SDK for its endorsement key writes to it.
    const asked = new Device(inner.folder, await startTpm('asked'), emulator);
    await asked.configure();
    const enrollment = await enrollmentFor(kind, asked);
    await emulator.enroll(enrollment);
    const [{ registrationId }] = [JSON.parse(enrollment)].flat();

    const device = new Device(inner.folder, await startTpm('tpm'), emulator);
    const proxy = inner.keep(new Service(program('delay_proxy'), [String(delay), String(emulator.info.httpsPort)]));
    await proxy.line(/^READY \d+/m);
    const port = Number(/^READY (\d+)/m.exec(proxy.written)[1]);
    const recorder = count ? inner.keep(await TpmRecorder.start(device.tpm, join(inner.folder, 'bus'))) : undefined;
    await device.configure({
      ...configurationFor(modules), dpsUri: `localhost:${port}`, ports: { https: port, mqtt: port },
      tpm: { tcti: recorder?.tcti ?? device.tpm.tcti },
    });
    await emulator.forgetRequests();

    const cost = join(inner.folder, 'cost');
    const env = kind === 'sdk' ? { NODE_EXTRA_CA_CERTS: emulator.info.caFile, NODE_NO_WARNINGS: '1' } : {};
    await output(program('measure'), [cost, ...COMMANDS[kind](device, { registrationId, port, modules })], { env });
    const requests = await emulator.requests();
    return {
      ...JSON.parse(await readFile(cost, 'utf8')),
      requests: requests.length,
      connections: new Set(requests.map(({ connection }) => connection)).size,
      commands: recorder?.commands.length,
    };
  });
}

/// The least that a run of each of `kinds` took: whatever else the machine does only adds. They take turns, so that a busy
/// time of the machine hits all.
async function measure(bench, blank, kinds, modules, delay) {
  const results = Object.fromEntries(kinds.map((kind) => [kind, []]));
  for (let round = 0; round < RUNS[delay]; round += 1) {
    for (const kind of kinds) results[kind].push(await run(bench, blank, { kind, modules, delay }));
  }
  const summary = {};
  for (const kind of kinds) {
    const least = (name) => Math.min(...results[kind].map((result) => result[name]));
    const { commands, requests, connections } = await run(bench, blank, { kind, modules, delay: 0, count: true });
    summary[kind] = { wallMs: least('wallMs'), cpuMs: least('cpuMs'), peakKiB: least('peakKiB'), requests, connections, commands };
  }
  return summary;
}

const NAMES = { agent: '`device-agent provision`', floor: 'floor', sdk: 'Azure SDK for Node.js, register only' };
const BUDGETS = { 0: 1.5, 100: 1.15 };

function row(kind, modules, delay, result, floor) {
  const ratio = kind === 'agent' ? `${(result.wallMs / floor.wallMs).toFixed(2)} (≤ ${BUDGETS[delay]})` : '';
  return `| ${[modules, `${delay} ms`, NAMES[kind], `${Math.round(result.wallMs)} ms`, ratio, `${Math.round(result.cpuMs)} ms`,
    `${(result.peakKiB / 1024).toFixed(1)} MiB`, result.connections, result.requests, result.commands].join(' | ')} |`;
}

/// Bytes of the agent without its symbols.
async function strippedSize(folder) {
  const stripped = join(folder, 'stripped');
  execFileSync('strip', ['-s', '-o', stripped, program('device-agent')]);
  return (await stat(stripped)).size;
}

const bench = new Bench(await mkdtemp(join(tmpdir(), 'da-bench-')));
try {
  // Every run starts from a copy of one blank TPM: it makes the same primary keys, in the same time.
  const blank = join(bench.folder, 'blank');
  await (await SoftwareTpm.start(blank)).stop();

  const lines = [
    '| modules | added delay | program | wall | of the floor (budget) | CPU | peak memory | TLS connections | requests | TPM commands |',
    '|---|---|---|---|---|---|---|---|---|---|',
  ];
  for (const delay of DELAYS) {
    for (const modules of MODULES) {
      const kinds = modules === 0 ? ['agent', 'floor', 'sdk'] : ['agent', 'floor'];
      const results = await measure(bench, blank, kinds, modules, delay);
      for (const kind of kinds) lines.push(row(kind, modules, delay, results[kind], results.floor));
      console.error(`measured ${modules} modules at ${delay} ms`);
    }
  }
  const size = await strippedSize(bench.folder);
  const text = [
    `The least of ${RUNS[0]} runs of each without and of ${RUNS[100]} with added delay, on ${cpus().length} cores, at a load average of ${loadavg()[0].toFixed(1)} in the end.`, '', ...lines, '',
    `\`device-agent\`, stripped: ${(size / 1e6).toFixed(1)} MB (budget 3 MB).`,
  ].join('\n');
  await publish(text, process.argv[2], 'results');
} finally {
  await bench.tearDown();
}
