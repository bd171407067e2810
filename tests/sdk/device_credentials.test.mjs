// SPDX-License-Identifier: Apache-2.0
// azure-iot-device over MQTT and over MQTT in WebSocket: by what a device is let in, for how long, and what is refused.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CertificateFactory, newKey } from '../e2e/harness/credentials.mjs';
import { test } from '../e2e/harness/test.mjs';
import { assertRefused, whileOpen } from './client.mjs';
import { HubIdentity, selfSigned } from './hub_identity.mjs';
import { sdk } from './sdk.mjs';

const { SharedAccessSignature } = sdk('azure-iot-common');
const { Client, Message, SharedAccessKeyAuthenticationProvider } = sdk('azure-iot-device');
const { Mqtt, MqttWs } = sdk('azure-iot-device-mqtt');

/// A token of the device that is good for so many seconds.
function token(emulator, device, seconds) {
  const expiry = Math.floor(Date.now() / 1000) + seconds;
  return SharedAccessSignature.create(`${emulator.hub}/devices/${device.deviceId}`, null, device.key, expiry).toString();
}

async function assertLetIn(client, device) {
  await whileOpen(client, () => client.sendEvent(new Message('let in')));
  assert.deepEqual((await device.telemetry()).map(({ text }) => text), ['let in']);
}

async function withCertificate(client, { certificate, privateKey }) {
  await client.setOptions({ cert: await readFile(certificate, 'utf8'), key: await readFile(privateKey, 'utf8') });
  return client;
}

const isConnected = ({ kind }) => kind === 'connected';

for (const [protocol, Transport] of Object.entries({ mqtt: Mqtt, mqttWebSocket: MqttWs })) {
  test(`${protocol}: a device is let in by a token`, async (bench) => {
    const emulator = await bench.startEmulator();
    const device = await HubIdentity.device(emulator);
    await assertLetIn(Client.fromSharedAccessSignature(token(emulator, device, 600), Transport), device);
  });

  test(`${protocol}: a device is let in by its certificate, and by no other`, async (bench) => {
    const emulator = await bench.startEmulator();
    const factory = new CertificateFactory(join(bench.folder, 'credentials'));
    const credential = await factory.selfSigned('press-7');
    const device = await HubIdentity.device(emulator, await selfSigned(credential.certificate));
    const newClient = () => Client.fromConnectionString(device.connectionString('x509=true'), Transport);
    await assertLetIn(await withCertificate(newClient(), credential), device);
    await assertRefused(await withCertificate(newClient(), await factory.selfSigned('press-7', 'stranger')));
  });

  test(`${protocol}: a device is let in by an authority's certificate`, async (bench) => {
    const emulator = await bench.startEmulator();
    const factory = new CertificateFactory(join(bench.folder, 'credentials'));
    const root = await factory.selfSigned('factory');
    await emulator.control('PUT', '/certificates/factory', { certificate: await readFile(root.certificate, 'utf8'), isVerified: true });
    const device = await HubIdentity.device(emulator, { type: 'certificateAuthority' });
    const client = Client.fromConnectionString(device.connectionString('x509=true'), Transport);
    await assertLetIn(await withCertificate(client, await factory.issued(root, 'press-7')), device);
  });

  test(`${protocol}: a wrong key and an expired token are refused`, async (bench) => {
    const emulator = await bench.startEmulator();
    const device = await HubIdentity.device(emulator);
    await assertRefused(Client.fromConnectionString(device.connectionString(`SharedAccessKey=${newKey()}`), Transport));
    await assertRefused(Client.fromSharedAccessSignature(token(emulator, device, -600), Transport));
    await assertRefused(Client.fromConnectionString(device.connectionString().replace('press-7', 'press-8'), Transport));
  });

  test(`${protocol}: a client renews its tokens and goes on`, async (bench) => {
    const emulator = await bench.startEmulator();
    const device = await HubIdentity.device(emulator);
    // Tokens of four seconds, each renewed two seconds before its end: the fourth connection is beyond the first token.
    const provider = SharedAccessKeyAuthenticationProvider.fromConnectionString(device.connectionString(), 4, 2);
    const client = Client.fromAuthenticationProvider(provider, Transport);
    await whileOpen(client, async () => {
      client.onDeviceMethod('ping', (_, response) => response.send(200, 'pong'));
      await device.events(isConnected, 4);
      await device.subscribed('$iothub/methods/POST/#');
      await client.sendEvent(new Message('renewed'));
      assert.deepEqual((await device.telemetry()).map(({ text }) => text), ['renewed']);
      assert.deepEqual(await device.call('ping', null), { status: 200, payload: 'pong' });
      const { connections } = await emulator.control('GET', '/connections');
      assert.deepEqual(connections.filter(({ failure }) => failure !== null), [], 'the hub cut it off');
    });
  });

  test(`${protocol}: a client is given a new token while it is connected`, async (bench) => {
    const emulator = await bench.startEmulator();
    const device = await HubIdentity.device(emulator);
    const client = Client.fromSharedAccessSignature(token(emulator, device, 600), Transport);
    await whileOpen(client, async () => {
      await client.updateSharedAccessSignature(token(emulator, device, 900));
      await device.events(isConnected, 2);
      await client.sendEvent(new Message('again'));
      assert.deepEqual((await device.telemetry()).map(({ text }) => text), ['again']);
    });
  });
}
