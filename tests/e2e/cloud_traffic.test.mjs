// SPDX-License-Identifier: Apache-2.0
// What goes over the network: nothing that the plan does not need. The emulator's record is the judge.
import assert from 'node:assert/strict';
import { assertLetIn, keyHandle, nvIndex } from './harness/slots.mjs';
import { test } from './harness/test.mjs';

const TEN_MODULES = Object.fromEntries(Array.from({ length: 9 }, (_, number) => [`App${number + 2}`, number + 2]));

const isDps = ({ service }) => service === 'dps';
const isHub = ({ service }) => service === 'hub';

test('a device and ten modules take one connection to DPS and one to the hub, with eleven requests', async (bench) => {
  const device = await bench.enrolledDevice({ otherModuleIds: TEN_MODULES });
  await device.expect(0, 'provision');

  const requests = await device.emulator.requests();
  const dps = requests.filter(isDps);
  assert.deepEqual(dps.slice(0, 2).map(({ method, status }) => [method, status]), [['PUT', 401], ['PUT', 202]]);
  assert.ok(dps.length > 2, 'DPS is asked for the result');
  for (const { method } of dps.slice(2)) assert.equal(method, 'GET');
  assert.equal(new Set(dps.map(({ connection }) => connection)).size, 1);

  const hub = requests.filter(isHub);
  assert.equal(hub.length, 11, JSON.stringify(hub));
  assert.equal(new Set(hub.map(({ connection }) => connection)).size, 1);
  assert.deepEqual(hub.map(({ method }) => method), ['GET', ...Array(10).fill('PUT')]);

  assert.equal(requests.length, dps.length + hub.length, 'no other request');
  assert.equal((await device.emulator.connections()).length, 2);
});

test('provision again has an empty plan and calls nobody', async (bench) => {
  const device = await bench.provisionedDevice();
  const before = await device.tpm.snapshot();
  const connections = await device.emulator.connections();

  const { provisioned, plan } = await device.json('provision');
  assert.equal(provisioned, true);
  assert.deepEqual(plan, []);
  assert.deepEqual(await device.emulator.requests(), []);
  assert.deepEqual(await device.emulator.connections(), connections);
  assert.deepEqual(await device.tpm.snapshot(), before);

  await device.emulator.stop();
  await device.expect(0, 'provision');
});

test('an added module costs no DPS call and leaves the others as they are', async (bench) => {
  const device = await bench.provisionedDevice();
  const before = await device.tpm.snapshot();

  await device.configure({ otherModuleIds: { AppB: 2, AppC: 5 } });
  await device.expect(0, 'provision');

  const requests = await device.emulator.requests();
  assert.deepEqual(requests.filter(isDps), []);
  assert.deepEqual(requests.map(({ method }) => method), ['GET', 'PUT']);
  const after = await device.tpm.snapshot();
  for (const [handle, name] of Object.entries(before.persistent)) assert.equal(after.persistent[handle], name, handle);
  for (const [index, text] of Object.entries(before.nv)) assert.equal(after.nv[index], text, index);
  assert.deepEqual(await device.tpm.handles('handles-nv-index'), [nvIndex(0), nvIndex(1), nvIndex(2), nvIndex(5)]);
  const [{ device: deviceId }] = (await device.json('slot', 'list')).slots;
  await assertLetIn(device, 5, { deviceId, moduleId: 'AppC' });
});

test('a module made from the service side before keeps its keys, generation id and twin', async (bench) => {
  const device = await bench.blankDevice({ otherModuleIds: {} });
  await device.enroll('--device-id', 'truck-7');
  await device.expect(0, 'provision');

  const { emulator } = device;
  const path = '/devices/truck-7/modules/AppB';
  const key = Buffer.alloc(32, 0x5a).toString('base64');
  const created = await emulator.hubService(emulator.hub, 'PUT', path, {
    body: { deviceId: 'truck-7', moduleId: 'AppB', authentication: { type: 'sas', symmetricKey: { primaryKey: key, secondaryKey: key } } },
  });
  assert.equal(created.status, 200, JSON.stringify(created.body));
  const patched = await emulator.hubService(emulator.hub, 'PATCH', '/twins/truck-7/modules/AppB', {
    headers: { 'If-Match': '*' }, body: { tags: { line: 3 }, properties: { desired: { speed: 42 } } },
  });
  assert.equal(patched.status, 200, JSON.stringify(patched.body));
  await emulator.forgetRequests();

  await device.configure({ otherModuleIds: { AppB: 2 } });
  await device.expect(0, 'provision');

  assert.deepEqual((await emulator.requests()).map(({ method }) => method), ['GET'], 'looked, and changed nothing');
  const found = await emulator.hubService(emulator.hub, 'GET', path);
  assert.equal(found.body.authentication.symmetricKey.primaryKey, key);
  assert.equal(found.body.generationId, created.body.generationId);
  assert.equal(found.body.etag, created.body.etag);
  const twin = await emulator.hubService(emulator.hub, 'GET', '/twins/truck-7/modules/AppB');
  assert.equal(twin.body.etag, patched.body.etag);
  assert.equal(twin.body.tags.line, 3);
  assert.equal(twin.body.properties.desired.speed, 42);
  assert.ok((await device.tpm.handles('handles-persistent')).includes(keyHandle(2)));
  await assertLetIn(device, 2, { deviceId: 'truck-7', moduleId: 'AppB' });
});

test('two agents at once do the work once', async (bench) => {
  const device = await bench.enrolledDevice();
  const results = await Promise.all([device.agent('provision', '--json'), device.agent('provision', '--json')]);
  assert.deepEqual(results.map(({ code }) => code), [0, 0], JSON.stringify(results));
  const plans = results.map(({ stdout }) => JSON.parse(stdout).plan.length).sort();
  assert.equal(plans[0], 0, 'the second one found nothing to do');
  assert.ok(plans[1] > 0);
  const challenges = (await device.emulator.requests()).filter(({ status }) => status === 401);
  assert.equal(challenges.length, 1, 'one registration');
});

test('the agent asks for nothing but what a device may ask for', async (bench) => {
  const device = await bench.enrolledDevice();
  await device.expect(0, 'provision');
  const refused = (await device.emulator.requests()).filter(({ status }) => status >= 400);
  assert.deepEqual(refused.map(({ method, status }) => [method, status]), [['PUT', 401]], 'only the TPM challenge');
});

test('nothing is sent to a server whose certificate is not trusted', async (bench) => {
  const other = await bench.startEmulator({ name: 'other' });
  const device = await bench.blankDevice({ trustedCaFile: other.info.caFile });
  await device.enroll();
  const { stderr } = await device.expect(6, 'provision', '--timeout', '1');
  assert.match(stderr, /certificate/i);
  assert.deepEqual(await device.emulator.requests(), []);
});
