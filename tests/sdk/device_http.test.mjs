// SPDX-License-Identifier: Apache-2.0
// azure-iot-device over HTTPS, where it sends telemetry and fetches messages.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CertificateFactory, newKey } from '../e2e/harness/credentials.mjs';
import { test } from '../e2e/harness/test.mjs';
import { assertRefused, comes, whileOpen } from './client.mjs';
import { HubIdentity, selfSigned } from './hub_identity.mjs';
import { sdk } from './sdk.mjs';

const { Client, Message, ModuleClient } = sdk('azure-iot-device');
const { Http } = sdk('azure-iot-device-http');

async function withClient(bench, body) {
  const emulator = await bench.startEmulator();
  const device = await HubIdentity.device(emulator);
  const client = Client.fromConnectionString(device.connectionString(), Http);
  await whileOpen(client, () => body(client, device));
}

test('http: telemetry arrives with its properties, alone and in a batch', (bench) => withClient(bench, async (client, device) => {
  const message = new Message(JSON.stringify({ pressure: 7.5 }));
  message.messageId = 'first';
  message.contentType = 'application/json';
  message.contentEncoding = 'utf-8';
  message.properties.add('line', 'L7');
  await client.sendEvent(message);
  const [{ json, properties, systemProperties }] = await device.telemetry();
  assert.deepEqual(json, { pressure: 7.5 });
  assert.deepEqual(properties, { line: 'L7' });
  assert.equal(systemProperties.messageId, 'first');

  const two = new Message('two');
  two.properties.add('line', 'L8');
  await client.sendEventBatch([new Message('one'), two]);
  assert.deepEqual((await device.telemetry()).slice(1).map(({ text, properties: { line } }) => [text, line]),
    [['one', undefined], ['two', 'L8']]);
}));

for (const [settlement, left] of Object.entries({ complete: 0, reject: 0, abandon: 1 })) {
  test(`http: a cloud-to-device message is received: ${settlement}`, (bench) => withClient(bench, async (client, device) => {
    await client.setTransportOptions({ interval: 0.1 });
    await device.send({ recipe: 'A' }, { 'iothub-messageid': 'm-1', 'iothub-app-level': '3' });
    const [message] = await comes('the message', once(client, 'message'));
    assert.deepEqual(JSON.parse(message.getData()), { recipe: 'A' });
    assert.equal(message.messageId, 'm-1');
    assert.equal(message.properties.getValue('iothub-app-level'), '3');  // over HTTPS the SDK leaves the prefix on
    await client[settlement](message);
    assert.equal(await device.waiting(), left);
  }));
}

test('http: a device is let in by its certificate', async (bench) => {
  const emulator = await bench.startEmulator();
  const { certificate, privateKey } = await new CertificateFactory(join(bench.folder, 'credentials')).selfSigned('press-7');
  const device = await HubIdentity.device(emulator, await selfSigned(certificate));
  const client = Client.fromConnectionString(device.connectionString('x509=true'), Http);
  // Over HTTPS the SDK sets them at once, and never says so.
  client.setOptions({ cert: await readFile(certificate, 'utf8'), key: await readFile(privateKey, 'utf8') });
  await whileOpen(client, () => client.sendEvent(new Message('by certificate')));
  assert.deepEqual((await device.telemetry()).map(({ text }) => text), ['by certificate']);
});

test('http: a wrong key is refused', async (bench) => {
  const device = await HubIdentity.device(await bench.startEmulator());
  const client = Client.fromConnectionString(device.connectionString(`SharedAccessKey=${newKey()}`), Http);
  await assertRefused(client, () => client.sendEvent(new Message('no')));
  assert.deepEqual(await device.telemetry(), []);
});

// The SDK's transport knows no modules: it asks for the paths of the device, with the module's token.
test('http: a module does not get through as its device', async (bench) => {
  const emulator = await bench.startEmulator();
  const module = await HubIdentity.module(emulator);
  const client = ModuleClient.fromConnectionString(module.connectionString(), Http);
  await assertRefused(client, () => client.sendEvent(new Message('by whom?')));
  assert.deepEqual(await module.telemetry(), []);
});
