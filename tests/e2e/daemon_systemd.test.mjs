// SPDX-License-Identifier: Apache-2.0
// What the daemon and systemd say to each other, with systemd's own tools and a socket in its place.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { Daemon, granted } from './harness/daemon.mjs';
import { program, run, Service } from './harness/process.mjs';
import { test } from './harness/test.mjs';

/// Listens at a datagram socket, as systemd does, and prints each assignment as a line.
async function startNotifySocket(bench) {
  const path = join(bench.folder, 'notify');
  const service = bench.keep(new Service('python3', ['-u', '-c', `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("LISTENING")
while True: print(s.recv(65536).decode())`, path]));
  await service.line(/^LISTENING$/m);
  return { path, service };
}

test('it says when it serves, what it does, that it reads its configuration, that it lives and that it stops', async (bench) => {
  const device = await bench.provisionedDevice({ applications: granted('AppB') });
  const { path, service } = await startNotifySocket(bench);
  const daemon = await Daemon.start(bench, device, { environment: { NOTIFY_SOCKET: path, WATCHDOG_USEC: '200000' } });
  await service.line(/^READY=1$/m);
  await daemon.get('GET', '/v1/status');  // ready is ready
  await service.line(/^STATUS=provisioned$/m);
  await service.line(/^WATCHDOG=1\n(.*\n)*WATCHDOG=1\n(.*\n)*WATCHDOG=1$/m);
  process.kill(daemon.pid, 'SIGHUP');
  await service.line(/^RELOADING=1\nMONOTONIC_USEC=\d+$/m);
  await service.line(/^RELOADING=1\n(.*\n)*READY=1$/m);
  assert.equal((await daemon.end('SIGTERM')).code, 0);
  await service.line(/^STOPPING=1$/m);
});

test('sockets that systemd made are served, also for who connected before', async (bench) => {
  const device = await bench.provisionedDevice({ applications: granted('AppB') });
  const api = join(bench.folder, 'activated.sock');
  const credential = join(bench.folder, 'activated-credential.sock');
  const activator = bench.keep(new Service('systemd-socket-activate', ['--fdname=api:credential', '-l', api, '-l', credential,
    ...(process.env.ASAN_OPTIONS ? ['-E', 'ASAN_OPTIONS'] : []), program('device-agent'), 'run', '--config', device.configFile]));
  await activator.line(/Listening on/);
  const outgoing = request({ socketPath: api, path: '/v1/identity', agent: false });
  outgoing.end();
  const answer = await new Promise((resolve, reject) => outgoing.on('response', resolve).on('error', reject));
  assert.equal(answer.statusCode, 200);
  answer.destroy();
});

test('the unit is one that systemd takes, and leaves the agent little to be misused for', async (bench) => {
  const folder = 'packaging/systemd';
  for (const unit of ['device-agent.service', 'device-agent.socket', 'device-agent-credential.socket']) {
    const { code, stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', `${folder}/${unit}`], { env: { SYSTEMD_UNIT_PATH: `${folder}:` } });
    const output = `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !/device-agent is not executable|Unknown user|not found/.test(line));
    assert.deepEqual([code === 0 || output.length === 0, output], [true, []]);
  }
  const { code, stdout, stderr } = await run('systemd-analyze', ['security', '--offline=true', '--threshold=20', '--no-pager', `${folder}/device-agent.service`]);
  assert.equal(code, 0, `${stdout}${stderr}`);
  const unit = await readFile(`${folder}/device-agent.service`, 'utf8');
  assert.doesNotMatch(unit, /^(ProtectProc=invisible|PrivateUsers=yes)/m, 'they would hide who calls');
});
