// SPDX-License-Identifier: Apache-2.0
// Every operation of the socket API, answered by the daemon itself. tests/app_api/run-openapi-test holds these answers
// against the OpenAPI file.
import assert from 'node:assert/strict';
import { Daemon, granted } from './harness/daemon.mjs';
import { test } from './harness/test.mjs';

const STEPS = { headers: { Accept: 'application/x-ndjson' } };
const STRING = `HostName=hub.test;DeviceId=dev-1;ModuleId=AppX;SharedAccessKey=${Buffer.alloc(32, 5).toString('base64')}`;

test('every operation of the socket API is answered by the daemon itself', async (bench) => {
  const device = await bench.enrolledDevice({ applications: granted('AppB') });
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  const daemon = await Daemon.start(bench, device);
  const events = await daemon.events('AppB');
  assert.equal((await events.next()).event, 'provisioned');
  await daemon.reaches('provisioned');

  await daemon.get('GET', '/v1/identity');
  await daemon.get('GET', '/v1/identities');
  await daemon.get('POST', '/v1/identity/token', { body: { expiry: 60 } });
  await daemon.get('POST', '/v1/identity/connection-string');
  assert.equal((await daemon.ask('POST', '/v1/identity/token', { body: { expiry: 86401 } })).body.code, 'usage');
  assert.equal((await daemon.ask('GET', '/v1/identity?application=dmModule')).status, 403, "the agent's own is nobody's");

  await daemon.get('GET', '/v1/slots');
  for (const slot of [0, 2, 9]) await daemon.get('GET', `/v1/slots/${slot}`);
  await daemon.get('POST', '/v1/slots/1/token');
  await daemon.get('POST', '/v1/slots/2/connection-string', { body: { expiry: 60 } });
  assert.equal((await daemon.ask('POST', '/v1/slots/9/token')).status, 404);
  for (const stored of [true, false])
    assert.equal((await daemon.get('PUT', '/v1/slots/9', { body: { connectionString: STRING } })).stored, stored);
  assert.equal((await daemon.ask('PUT', '/v1/slots/9', { body: { connectionString: 'nonsense' } })).status, 400);
  for (const erased of [true, false]) assert.equal((await daemon.get('DELETE', '/v1/slots/9')).erased, erased);
  await daemon.get('GET', '/v1/enrollment-info');
  await daemon.get('GET', '/metrics');

  await daemon.get('DELETE', '/v1/slots/2');
  assert.equal((await events.next()).event, 'removed');
  await daemon.reaches('paused');
  await daemon.get('POST', '/v1/provision', { body: { dryRun: true } });
  await daemon.get('POST', '/v1/provision', { body: { verify: true, prune: true, timeout: 60 } });
  assert.equal((await events.next()).event, 'provisioned');
  events.close();
  assert.match(await daemon.get('POST', '/v1/reprovision', STEPS), /^\{"step"[^]*\n\{"result"/);
  await daemon.get('POST', '/v1/reprovision', { body: { dryRun: true } });
  await daemon.get('POST', '/v1/decommission', { body: { dryRun: true } });
  await daemon.get('POST', '/v1/decommission');
  await daemon.get('GET', '/v1/status');
  assert.equal((await daemon.ask('POST', '/v1/identity/connection-string')).body.code, 'not-provisioned');
});
