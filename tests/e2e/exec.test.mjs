// SPDX-License-Identifier: Apache-2.0
// `device-agent exec`: a program that cannot be changed gets its connection string in its environment.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { program, run, Service } from './harness/process.mjs';
import { StandInAgent } from './harness/stand_in_agent.mjs';
import { test } from './harness/test.mjs';

const APP_B = 'hub.example/press-7/AppB';
const socketOf = (bench) => join(bench.folder, 'agent.sock');
const startAgent = async (bench, identity) => bench.keep(await StandInAgent.start(socketOf(bench), identity));
const environment = (bench) => ({ DEVICE_AGENT_SOCKET: socketOf(bench) });
const exec = (bench, ...args) => run(program('device-agent'), ['exec', ...args], { env: environment(bench) });
/// The same, where the program goes on.
const start = (bench, ...args) =>
  bench.keep(new Service('env', [`DEVICE_AGENT_SOCKET=${socketOf(bench)}`, program('device-agent'), 'exec', ...args]));

/// A program that says how it was started, and what signal it gets. SIGTERM ends it with exit code 3.
const REPORTER = [process.execPath, '-e', `
const say = (what) => console.log(what, process.env.IOTHUB_MODULE_CONNECTION_STRING);
for (const signal of ['SIGHUP', 'SIGUSR1']) process.on(signal, () => say(signal));
process.on('SIGTERM', () => { say('SIGTERM'); process.exit(3); });
setInterval(() => {}, 1000);
say('start');`];

test('the program gets its connection string, its arguments word for word, and its exit code is returned', async (bench) => {
  await startAgent(bench, APP_B);
  const { code, stdout, stderr } = await exec(bench, '--', 'sh', '-c', 'echo "$IOTHUB_MODULE_CONNECTION_STRING|$1|$2|$3"; exit 7', 'sh', '[a,b]', '--', '--json');
  assert.equal(code, 7, stderr);
  assert.match(stdout, /^HostName=hub\.example;DeviceId=press-7;ModuleId=AppB;SharedAccessSignature=SharedAccessSignature [^|]*\|\[a,b\]\|--\|--json\n$/);
  assert.equal(stderr, '');
});

test('a device identity has the variable of devices, --env names another, and --application says which identity', async (bench) => {
  const agent = await startAgent(bench, 'hub.example/press-7');
  const device = await exec(bench, '--', 'sh', '-c', 'echo "$IOTHUB_DEVICE_CONNECTION_STRING/$IOTHUB_MODULE_CONNECTION_STRING"');
  assert.match(device.stdout, /^HostName=hub\.example;DeviceId=press-7;SharedAccessSignature=[^/]*\/\n$/);
  const named = await exec(bench, '--application', '$device', '--env', 'HUB', '--', 'sh', '-c', 'echo "$HUB/$IOTHUB_DEVICE_CONNECTION_STRING"');
  assert.match(named.stdout, /^HostName=[^/]*\/\n$/);
  assert.match(agent.requests.at(-1)[0], /\?application=%24device$/);
});

test('without --on-renewal the process is replaced: same process, no signal blocked or ignored', async (bench) => {
  await startAgent(bench, APP_B);
  const { stdout } = await exec(bench, '--', 'grep', '-E', '^Sig(Blk|Ign):', '/proc/self/status');
  assert.match(stdout, /SigBlk:\s0+$/m);
  const ignored = BigInt(`0x${/SigIgn:\s(\w+)/.exec(stdout)[1]}`);
  assert.equal(ignored & (1n << 12n), 0n, 'SIGPIPE is not ignored');

  const service = start(bench, '--', 'sh', '-c', 'echo "pid $$"; exec sleep 3600');
  await service.line(/^pid \d+$/m);
  assert.match(service.written, new RegExp(`^pid ${service.pid}$`, 'm'));
  assert.equal((await service.end('SIGTERM')).code, null, 'ended by the signal itself');
});

test('it waits for an agent that starts later and for an identity that comes later, and says so', async (bench) => {
  const service = start(bench, '--', 'sh', '-c', 'echo "as $IOTHUB_MODULE_CONNECTION_STRING"');
  await service.line(/waiting: the Device Agent does not listen at .*agent\.sock/);
  const agent = await startAgent(bench);
  await service.line(/waiting/);
  agent.provide(APP_B);
  await service.line(/as HostName=hub\.example/);
  assert.equal(await service.exit(), 0);
});

test('--timeout ends the wait with exit code 4, SIGTERM at once', async (bench) => {
  const late = await exec(bench, '--timeout', '1', '--', 'true');
  assert.equal(late.code, 4, late.stderr);
  assert.match(late.stderr, /--timeout/);
  await startAgent(bench);
  const service = start(bench, '--', 'true');
  await service.line(/waiting until the identity is there/);
  const { code, seconds } = await service.end('SIGTERM');
  assert.equal(code, 128 + 15);
  assert.ok(seconds < 5, `after ${seconds} s`);
});

test('who is not permitted gets exit code 8 and the words of the agent', async (bench) => {
  const agent = await startAgent(bench);
  agent.refusal = { status: 403, text: 'permission: uid 1000 (anna), unit anna.service, is granted nothing' };
  const refused = await exec(bench, '--', 'true');
  assert.equal(refused.code, 8);
  assert.match(refused.stderr, /uid 1000 \(anna\)/);
  agent.refusal = { status: 409, text: 'ambiguous: name one of AppB, AppC' };
  const ambiguous = await exec(bench, '--', 'true');
  assert.equal(ambiguous.code, 2);
  assert.match(ambiguous.stderr, /AppB, AppC; for exec: --application NAME/);
});

test('a program that is not there ends with 127, one that cannot be run with 126, a wrong command line with 2', async (bench) => {
  await startAgent(bench, APP_B);
  for (const renewal of [[], ['--on-renewal', 'restart']]) {
    assert.equal((await exec(bench, ...renewal, '--', '/no/such/program')).code, 127);
    assert.equal((await exec(bench, ...renewal, '--', bench.folder)).code, 126);
  }
  for (const args of [[], ['--'], ['--on-renewal', 'never', '--', 'true'], ['--expiry', '0', '--', 'true'], ['--env', 'A=b', '--', 'true']]) {
    const { code, stderr } = await exec(bench, ...args);
    assert.equal(code, 2, args.join(' '));
    assert.notEqual(stderr, '');
  }
  const withoutDashes = await exec(bench, 'true');
  assert.equal(withoutDashes.code, 2);
  assert.match(withoutDashes.stderr, /'true'.* stands behind --/);
  const elsewhere = await run(program('device-agent'), ['status', '--', 'true']);
  assert.equal(elsewhere.code, 2, elsewhere.stderr);
});

test('the token lives as long as is allowed, or as --expiry says', async (bench) => {
  const agent = await startAgent(bench, APP_B);
  await exec(bench, '--expiry', '90', '--', 'true');
  assert.equal(agent.requests.at(-1)[1], '{"expiry": 90}');
  await exec(bench, '--', 'true');
  assert.equal(agent.requests.at(-1)[1], '{"expiry": 86400}');
  agent.maxExpiry = 600;
  agent.expiry = 300;
  assert.equal((await exec(bench, '--', 'true')).code, 0);
  assert.equal(agent.requests.at(-1)[1], '');
  assert.equal((await exec(bench, '--expiry', '601', '--', 'true')).code, 2);
});

test('--on-renewal restart: another process with another token before the first expires, and when the hub has changed', async (bench) => {
  const agent = await startAgent(bench, APP_B);
  const service = start(bench, '--on-renewal', 'restart', '--expiry', '4', '--', ...REPORTER);
  await service.line(/^start .*sig=number1&/m);
  const begin = performance.now();
  await service.line(/^SIGTERM .*sig=number1&[^]*^start .*sig=number2&/m);
  assert.ok(performance.now() - begin < 4000, 'before the token expired');
  agent.provide('other.example/press-7/AppB');
  await service.line(/^start HostName=other\.example/m);
  const { code } = await service.end('SIGTERM');
  assert.equal(code, 3, 'the exit code of the program that SIGTERM was passed on to');
});

test('--on-renewal restart: a program that does not end on SIGTERM is killed after the grace', async (bench) => {
  const agent = await startAgent(bench, APP_B);
  const service = start(bench, '--on-renewal', 'restart', '--grace', '1', '--', 'sh', '-c',
    'trap "" TERM; echo "start $IOTHUB_MODULE_CONNECTION_STRING"; case $IOTHUB_MODULE_CONNECTION_STRING in *other*) exit 6; esac; while :; do sleep 0.1; done');
  await service.line(/^start HostName=hub/m);
  agent.provide('other.example/press-7/AppB');
  await service.line(/it is killed[^]*^start HostName=other/m);
  assert.equal(await service.exit(), 6);
});

test('--on-renewal HUP: the program stays, is told before the token expires, when it changed and when it is gone', async (bench) => {
  const agent = await startAgent(bench, APP_B);
  const service = start(bench, '--on-renewal', 'HUP', '--expiry', '2', '--', ...REPORTER);
  await service.line(/^start /m);
  await service.line(/^SIGHUP .*sig=number1&/m);
  const told = () => service.written.match(/^SIGHUP /gm).length;
  const before = told();
  agent.provide('other.example/press-7/AppB');
  await service.line(new RegExp(`(^SIGHUP [^]*){${before + 1}}`, 'm'));
  assert.equal(service.written.match(/^start /gm).length, 1);
  assert.equal((await service.end('SIGTERM')).code, 3);
});

test('signals are passed on, and an exit code is returned whatever ends the program', async (bench) => {
  await startAgent(bench, APP_B);
  const service = start(bench, '--on-renewal', 'restart', '--', ...REPORTER);
  await service.line(/^start/m);
  process.kill(service.pid, 'SIGUSR1');
  await service.line(/^SIGUSR1/m);
  assert.equal((await service.end('SIGTERM')).code, 3);
  const killed = await exec(bench, '--on-renewal', 'restart', '--', 'sh', '-c', 'kill -KILL $$');
  assert.equal(killed.code, 128 + 9);
  const own = await exec(bench, '--on-renewal', 'restart', '--', 'sh', '-c', 'exit 5');
  assert.equal(own.code, 5);
});

test('an identity that is removed ends the program, and its return starts it again', async (bench) => {
  const agent = await startAgent(bench, APP_B);
  const service = start(bench, '--on-renewal', 'restart', '--', ...REPORTER);
  await service.line(/^start /m);
  agent.remove();
  await service.line(/the identity was removed[^]*^SIGTERM /m);
  agent.provide('hub.example/press-8/AppB');
  await service.line(/^start .*DeviceId=press-8/m);
  assert.equal((await service.end('SIGTERM')).code, 3);
});

test('no token on a command line or in what is logged', async (bench) => {
  await startAgent(bench, APP_B);
  const service = start(bench, '--verbose', '--on-renewal', 'restart', '--', 'sh', '-c', 'echo ready; exec sleep 3600');
  await service.line(/ready/);
  const children = (await readFile(`/proc/${service.pid}/task/${service.pid}/children`, 'utf8')).trim().split(' ');
  assert.equal(children.length, 1);
  for (const pid of [service.pid, ...children])
    assert.doesNotMatch(await readFile(`/proc/${pid}/cmdline`, 'utf8'), /SharedAccessSignature/);
  assert.doesNotMatch(service.written, /SharedAccessSignature|sig=/);
});
