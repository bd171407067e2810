// SPDX-License-Identifier: Apache-2.0
// Slots that a factory fills itself: `slot store` and `slot erase`.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { assertLetIn, assertSignedBy, keyHandle, nvIndex } from './harness/slots.mjs';
import { NOTHING_LOADED } from './harness/software_tpm.mjs';
import { parseToken } from './harness/sas.mjs';
import { test } from './harness/test.mjs';

const freshKey = () => randomBytes(32).toString('base64');
const connectionString = ({ hub = 'factory.example', device = 'dev-1', module, key = freshKey() } = {}) =>
  `HostName=${hub};DeviceId=${device}${module ? `;ModuleId=${module}` : ''};SharedAccessKey=${key}`;

/// Runs `slot store`, which must end with this exit code; nothing that it prints may hold the key.
async function store(device, slot, text, { code = 0, args = [] } = {}) {
  const result = await device.agentWithInput(`${text}\n`, 'slot', 'store', String(slot), ...args);
  assert.equal(result.code, code, result.stdout + result.stderr);
  const [, key] = /SharedAccessKey=([^;]*)/.exec(text) ?? [];
  if (key) assert.ok(!(result.stdout + result.stderr).includes(key), 'the key is shown');
  return result;
}

/// The slot's token is signed by this key, as OpenSSL computes it.
async function assertKeyIs(device, slot, key) {
  const { signed, signature } = parseToken(await device.token(slot));
  assert.equal(signature, createHmac('sha256', Buffer.from(key, 'base64')).update(signed).digest('base64'));
}

test('a factory fills the slots: provision exits 4 until then and 0 afterwards, and slot wait sees it', async (bench) => {
  const device = await bench.blankDevice({ dpsEnabled: false, otherModuleIds: { AppB: 12 } });
  const { hub } = device.emulator;
  await device.emulator.hubService(hub, 'PUT', '/devices/dev-1', { body: { deviceId: 'dev-1' } });
  const keyOf = async (path) => (await device.emulator.hubService(hub, 'GET', path)).body.authentication.symmetricKey.primaryKey;
  for (const module of ['dmModule', 'AppB']) {
    await device.emulator.hubService(hub, 'PUT', `/devices/dev-1/modules/${module}`, { body: { deviceId: 'dev-1', moduleId: module } });
  }
  await device.expect(4, 'provision');
  const waiting = device.expect(0, 'slot', 'wait', '12', '--timeout', '60');

  await store(device, 0, connectionString({ hub, key: await keyOf('/devices/dev-1') }));
  await store(device, 1, connectionString({ hub, module: 'dmModule', key: await keyOf('/devices/dev-1/modules/dmModule') }));
  const { stderr } = await device.expect(4, 'provision');
  assert.match(stderr, /nobody has filled slot 12 yet/);
  await store(device, 12, connectionString({ hub, module: 'AppB', key: await keyOf('/devices/dev-1/modules/AppB') }));

  assert.match((await waiting).stdout, /slot 12 holds .*\/dev-1\/AppB/);
  await device.expect(0, 'provision');
  for (const [slot, moduleId] of [[0, null], [1, 'dmModule'], [12, 'AppB']]) await assertLetIn(device, slot, { deviceId: 'dev-1', moduleId });
  assert.deepEqual(await device.emulator.requests(), [], 'the hub is left alone');
});

test('a stored key lies where a provisioned one does, and nothing is left loaded', async (bench) => {
  const device = await bench.blankDevice();
  const key = freshKey();
  const { stdout } = await store(device, 2, connectionString({ module: 'AppB', key }));
  assert.equal(stdout, 'slot 2 holds factory.example/dev-1/AppB\n');
  assert.equal(await device.tpm.nvText(nvIndex(2)), 'factory.example/dev-1/AppB');
  await assertSignedBy(device, 2, keyHandle(2));
  await assertKeyIs(device, 2, key);
  assert.deepEqual(await device.tpm.loaded(), NOTHING_LOADED);
  assert.deepEqual(Object.keys(await device.stateFiles()), []);
});

test('storing the same again changes nothing; another key or identity takes the place of the old one', async (bench) => {
  const device = await bench.blankDevice({ otherModuleIds: { AppB: 2, AppC: 12 } });
  for (const slot of [2, 12]) {
    const old = connectionString({ module: `M${slot}` });
    await store(device, slot, old);
    const before = [await device.tpm.snapshot(), await device.stateFiles()];
    assert.match((await store(device, slot, old)).stdout, /with this key already/);
    assert.deepEqual([await device.tpm.snapshot(), await device.stateFiles()], before);

    const key = freshKey();
    await store(device, slot, connectionString({ module: `M${slot}`, key }));
    await assertKeyIs(device, slot, key);
    const other = await store(device, slot, connectionString({ device: 'another-device', module: 'X'.repeat(slot), key: freshKey() }), { args: ['--json'] });
    const told = JSON.parse(other.stdout);
    assert.equal(told.replaced, `factory.example/dev-1/M${slot}`);
    assert.deepEqual([told.stored, told.slot, told.device, told.state], [true, slot, 'another-device', 'filled']);
  }
});

test('two slots never hold one identity', async (bench) => {
  const device = await bench.blankDevice();
  await store(device, 2, connectionString({ module: 'AppB' }));
  const { stderr } = await store(device, 3, connectionString({ module: 'AppB' }), { code: 2 });
  assert.match(stderr, /slot 2 holds factory\.example\/dev-1\/AppB already/);
  await device.expect(4, 'slot', 'show', '3');
});

test('what is no connection string with a key is refused by name, and nothing is changed', async (bench) => {
  const device = await bench.blankDevice();
  for (const [text, reason] of [
    ['', /has no HostName/],
    ['HostName=h;DeviceId=d;SharedAccessSignature=SharedAccessSignature sr=h&sig=c2VjcmV0&se=1', /has a SharedAccessSignature/],
    ['HostName=h;DeviceId=d;x509=true', /has a x509/],
    ['HostName=h;SharedAccessKeyName=iothubowner;SharedAccessKey=c2VjcmV0', /has a SharedAccessKeyName/],
    ['HostName=h;DeviceId=d;SharedAccessKey=c2VjcmV', /SharedAccessKey that is not base64/],
    ['HostName=https://h;DeviceId=d;SharedAccessKey=c2VjcmV0', /HostName that is not the name of a host/],
    ['x'.repeat(2000), /more than 1024 bytes/],
  ]) {
    const { stderr } = await store(device, 2, text, { code: 2 });
    assert.match(stderr, reason);
    assert.doesNotMatch(stderr, /c2VjcmV/);
  }
  assert.equal(await device.stateFiles(), undefined);
  assert.deepEqual(await device.tpm.handles('handles-persistent'), []);
});

test('slot erase empties a slot and says what it held; the hub is left alone', async (bench) => {
  const device = await bench.provisionedDevice({ otherModuleIds: { AppB: 2, AppC: 12 } });
  const { hub } = device.emulator;
  const { device: deviceId } = await device.json('slot', 'show', '0');
  for (const [slot, module] of [[2, 'AppB'], [12, 'AppC']]) {
    const { stdout } = await device.expect(0, 'slot', 'erase', String(slot));
    assert.equal(stdout, `erased slot ${slot}, which held ${hub}/${deviceId}/${module}. The hub is left as it is.\n`);
    await device.expect(4, 'slot', 'show', String(slot));
    assert.equal((await device.expect(0, 'slot', 'erase', String(slot))).stdout, `slot ${slot} is empty already\n`);
    assert.equal((await device.emulator.hubService(hub, 'GET', `/devices/${deviceId}/modules/${module}`)).status, 200);
  }
  assert.deepEqual(await device.emulator.requests(), []);
  const told = await device.json('slot', 'erase', '1');
  assert.deepEqual([told.erased, told.held, told.state], [true, `${hub}/${deviceId}/dmModule`, 'empty']);
});

test('a slot that is another program\'s is neither filled nor erased', async (bench) => {
  const device = await bench.blankDevice();
  await device.tpm.tool('createprimary', '-C', 'o', '-G', 'ecc', '-c', 'foreign.ctx');
  await device.tpm.tool('evictcontrol', '-C', 'o', '-c', 'foreign.ctx', '0x81000102');
  await device.tpm.tool('flushcontext', '-t');
  const before = await device.tpm.snapshot();
  const stored = await store(device, 2, connectionString(), { code: 7 });
  const erased = await device.expect(7, 'slot', 'erase', '2');
  for (const { stderr } of [stored, erased]) assert.match(stderr, /slot 2 cannot be used, and is left as it is: the TPM holds a key at 0x81000102/);
  assert.deepEqual(await device.tpm.snapshot(), before);
});
