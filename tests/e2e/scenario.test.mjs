// SPDX-License-Identifier: Apache-2.0
// The whole story: a blank TPM and a configuration file become a device and its modules in the hub, and every
// identity is in its TPM slot. tpm2-tools and the emulator are the judges.
import assert from 'node:assert/strict';
import { verdictOn } from './harness/admission.mjs';
import { program, run } from './harness/process.mjs';
import { tampered, parseConnectionString, parseToken } from './harness/sas.mjs';
import { assertLetIn, assertSignedBy, EK, keyHandle, nvIndex, SRK } from './harness/slots.mjs';
import { NOTHING_LOADED } from './harness/software_tpm.mjs';
import { test } from './harness/test.mjs';

const NOT_AUTHORIZED = 5;  // MQTT's return code
const DEVICE_ID = 'truck-7';
const MODULES = { 0: null, 1: 'dmModule', 2: 'AppB' };

test('a blank TPM ends with every identity in its slot, let in by the hub', async (bench) => {
  const device = await bench.blankDevice();
  await device.enroll('--device-id', DEVICE_ID);

  const result = await device.json('provision');
  assert.equal(result.provisioned, true);
  assert.ok(result.plan.length > 0, 'the plan names what was done');
  assert.deepEqual(result.slots.map(({ slot, hub, device: id, module, key }) => ({ slot, hub, id, module, key })),
    Object.entries(MODULES).map(([slot, module]) => ({ slot: Number(slot), hub: device.emulator.hub, id: DEVICE_ID, module, key: 'tpm' })));

  for (const [slot, moduleId] of Object.entries(MODULES)) {
    await assertLetIn(device, Number(slot), { deviceId: DEVICE_ID, moduleId });
  }
});

test('tpm2-tools find keys, texts and signatures where they belong, and nothing left loaded', async (bench) => {
  const device = await bench.blankDevice();
  await device.enroll('--device-id', DEVICE_ID);
  await device.expect(0, 'provision');
  const { tpm } = device;

  assert.deepEqual(await tpm.handles('handles-persistent'), [SRK, keyHandle(0), keyHandle(1), keyHandle(2), EK]);
  assert.deepEqual(await tpm.handles('handles-nv-index'), [nvIndex(0), nvIndex(1), nvIndex(2)]);
  assert.deepEqual(await tpm.loaded(), NOTHING_LOADED);

  for (const [slot, moduleId] of Object.entries(MODULES)) {
    const text = [device.emulator.hub, DEVICE_ID, ...(moduleId ? [moduleId] : [])].join('/');
    assert.equal(await tpm.nvText(nvIndex(Number(slot))), text);
    const description = await tpm.nvPublic(nvIndex(Number(slot)));
    assert.match(description, new RegExp(`size: ${text.length}$`, 'm'));
    assert.match(description, /friendly: sha256/);
    for (const attribute of ['authread', 'authwrite', 'no_da']) assert.match(description, new RegExp(`\\b${attribute}\\b`));
    await assertSignedBy(device, Number(slot), keyHandle(Number(slot)));
  }
  assert.deepEqual(await tpm.loaded(), NOTHING_LOADED);
});

test('the primary keys are those of the TCG default templates', async (bench) => {
  const device = await bench.provisionedDevice();
  const { tpm } = device;
  assert.equal(await tpm.objectName(EK), await tpm.standardEndorsementKeyName());
  assert.equal(await tpm.objectName(SRK), await tpm.standardStorageRootKeyName());
});

test('a connection string with one character changed is refused, and the reason is given', async (bench) => {
  const device = await bench.provisionedDevice();
  const good = await device.connectionString(2);
  const verdict = await verdictOn(device, tampered(good));
  assert.equal(verdict.letIn, false);
  assert.equal(verdict.returnCode, NOT_AUTHORIZED);
  assert.match(verdict.reason, /signature/i);

  // The identity of one slot is of no use for another.
  const other = good.replace('ModuleId=AppB', 'ModuleId=dmModule');
  assert.equal((await verdictOn(device, other)).letIn, false);
});

test('an enrollment may name the other hub', async (bench) => {
  const device = await bench.blankDevice();
  const [, otherHub] = device.emulator.info.hubs;
  await device.enroll('--device-id', DEVICE_ID, '--hub', otherHub);
  await device.expect(0, 'provision');
  for (const [slot, moduleId] of Object.entries(MODULES)) {
    await assertLetIn(device, Number(slot), { hub: otherHub, deviceId: DEVICE_ID, moduleId });
  }
  assert.equal(await device.tpm.nvText(nvIndex(0)), `${otherHub}/${DEVICE_ID}`);
});

test('--expiry sets the life of a token', async (bench) => {
  const device = await bench.provisionedDevice();
  const before = Math.floor(Date.now() / 1000);
  const short = parseToken(await device.token(0, '--expiry', '120'));
  const string = parseConnectionString(await device.connectionString(2, '--expiry', '7200'));
  const long = parseToken(string.SharedAccessSignature);
  const after = Math.ceil(Date.now() / 1000);
  assert.ok(short.se >= before + 120 && short.se <= after + 120, `${short.se} is not 120 s from now`);
  assert.ok(long.se >= before + 7200 && long.se <= after + 7200, `${long.se} is not 7200 s from now`);
  assert.deepEqual([short.others, long.others], [{}, {}]);
  assert.equal(long.resource, `${string.HostName}/devices/${string.DeviceId}/modules/AppB`);
});

test('slot list and slot show tell what lies where', async (bench) => {
  const device = await bench.blankDevice();
  await device.enroll('--device-id', DEVICE_ID);
  await device.expect(0, 'provision');

  const { slots } = await device.json('slot', 'list');
  const filled = slots.filter(({ state }) => state !== 'empty');
  assert.deepEqual(filled.map(({ slot, state, module, key }) => ({ slot, state, module, key })),
    Object.entries(MODULES).map(([slot, module]) => ({ slot: Number(slot), state: 'filled', module, key: 'tpm' })));
  // Each answer mints a token of its own, perhaps a second later.
  const { tokenValidUntil, ...shown } = await device.json('slot', 'show', '2');
  const { tokenValidUntil: listed, ...expected } = filled[2];
  assert.deepEqual(shown, expected);
  assert.ok(tokenValidUntil >= listed, `${tokenValidUntil} is before ${listed}`);

  const { stdout } = await device.expect(0, 'slot', 'list');
  for (const text of ['dmModule', 'AppB', DEVICE_ID, device.emulator.hub]) assert.ok(stdout.includes(text), `${text} is not in:\n${stdout}`);
});

test('tokens and connection strings are JSON with --json', async (bench) => {
  const device = await bench.provisionedDevice();
  const { token } = await device.json('slot', 'token', '2');
  const { connectionString } = await device.json('slot', 'connection-string', '2');
  assert.equal(parseToken(token).resource, parseToken(parseConnectionString(connectionString).SharedAccessSignature).resource);
});

test('options stand before or behind the command', async (bench) => {
  const device = await bench.provisionedDevice();
  const before = await run(program('device-agent'), ['--json', '--config', device.configFile, 'slot', 'show', '2']);
  const behind = await device.expect(0, 'slot', 'show', '2', '--json');
  const [first, second] = [before, behind].map(({ stdout }) => JSON.parse(stdout));
  assert.deepEqual({ ...first, tokenValidUntil: null }, { ...second, tokenValidUntil: null });
});

test('slot wait ends at once for a filled slot', async (bench) => {
  const device = await bench.provisionedDevice();
  await device.expect(0, 'slot', 'wait', '2', '--timeout', '60');
});

test('slot wait ends when another process has filled the slot', async (bench) => {
  const device = await bench.enrolledDevice();
  const waiting = device.agent('slot', 'wait', '2', '--timeout', '100', '--json');
  await device.expect(0, 'provision');
  const { code, stdout, stderr } = await waiting;
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).module, 'AppB');
});

test('status tells what is provisioned', async (bench) => {
  const device = await bench.provisionedDevice();
  assert.equal((await device.json('status')).provisioned, true);
});

test('a restarted emulator still lets the device in', async (bench) => {
  const device = await bench.provisionedDevice();
  const connectionString = await device.connectionString(1);
  await device.emulator.stop();
  await device.emulator.start();
  assert.equal((await verdictOn(device, connectionString)).letIn, true);
});
