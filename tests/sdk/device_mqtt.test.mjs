// SPDX-License-Identifier: Apache-2.0
// azure-iot-device over MQTT and over MQTT in WebSocket: what a device does all day.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from '../e2e/harness/test.mjs';
import { comes, whileOpen } from './client.mjs';
import { HubIdentity } from './hub_identity.mjs';
import { called, sdk } from './sdk.mjs';

const { Client, Message } = sdk('azure-iot-device');
const TRANSPORTS = { mqtt: sdk('azure-iot-device-mqtt').Mqtt, mqttWebSocket: sdk('azure-iot-device-mqtt').MqttWs };

for (const [protocol, Transport] of Object.entries(TRANSPORTS)) {
  /// `body(client, device, emulator)` with the SDK's client of a device, open.
  const withClient = async (bench, body) => {
    const emulator = await bench.startEmulator();
    const device = await HubIdentity.device(emulator);
    const client = Client.fromConnectionString(device.connectionString(), Transport);
    await whileOpen(client, () => body(client, device, emulator));
  };

  test(`${protocol}: telemetry arrives with its properties`, (bench) => withClient(bench, async (client, device, emulator) => {
    const message = new Message(JSON.stringify({ pressure: 7.5 }));
    message.messageId = 'first';
    message.contentType = 'application/json';
    message.contentEncoding = 'utf-8';
    message.properties.add('line & place', 'L7/ä');
    await client.sendEvent(message);
    const [{ json, properties, systemProperties }] = await device.telemetry();
    assert.deepEqual(json, { pressure: 7.5 });
    assert.deepEqual(properties, { 'line & place': 'L7/ä' });
    assert.deepEqual(systemProperties, { messageId: 'first', contentType: 'application/json', contentEncoding: 'utf-8' });

    const { connections } = await emulator.control('GET', '/connections');
    assert.ok(connections.some((connection) => connection.protocol === protocol && connection.closed === null));
  }));

  test(`${protocol}: a twin is read, reported to, and its desired changes are heard`, (bench) => withClient(bench, async (client, device) => {
    await device.desire({ interval: 5 });
    const twin = await client.getTwin();
    assert.equal(twin.properties.desired.interval, 5);

    await called((done) => twin.properties.reported.update({ firmware: { version: '1.2' }, old: 1 }, done));
    await called((done) => twin.properties.reported.update({ old: null }, done));
    const { firmware, old } = (await device.twin()).properties.reported;
    assert.deepEqual({ firmware, old }, { firmware: { version: '1.2' }, old: undefined });

    // The first event has what there is already. The SDK goes on to change the object that it hands out.
    const changes = [];
    const change = new Promise((resolve) => {
      twin.on('properties.desired', (delta) => changes.push(structuredClone(delta)) === 2 && resolve());
    });
    await device.subscribed('$iothub/twin/PATCH/properties/desired/#');
    await device.desire({ interval: 9, gone: null });
    await comes('the change', change);
    assert.deepEqual(changes.map(({ interval }) => interval), [5, 9]);
    assert.equal(changes[1].$version, changes[0].$version + 1);
  }));

  test(`${protocol}: a direct method is answered`, (bench) => withClient(bench, async (client, device) => {
    client.onDeviceMethod('halt', (request, response) => response.send(202, { halted: request.payload.axis }));
    await device.subscribed('$iothub/methods/POST/#');
    assert.deepEqual(await device.call('halt', { axis: 'z' }), { status: 202, payload: { halted: 'z' } });
  }));

  test(`${protocol}: a cloud-to-device message is received and completed`, (bench) => withClient(bench, async (client, device) => {
    await device.send({ recipe: 'A' }, { 'iothub-messageid': 'm-1', 'iothub-app-level': '3' });
    assert.equal(await device.waiting(), 1);
    const [message] = await comes('the message', once(client, 'message'));
    assert.deepEqual(JSON.parse(message.getData()), { recipe: 'A' });
    assert.equal(message.messageId, 'm-1');
    assert.equal(message.properties.getValue('level'), '3');
    await client.complete(message);
    await client.sendEvent(new Message('done'));  // the hub answers this after it took the message's acknowledgement
    assert.equal(await device.waiting(), 0);
  }));

  test(`${protocol}: a client comes back by itself when the hub does`, (bench) => withClient(bench, async (client, device, emulator) => {
    client.onDeviceMethod('ping', (_, response) => response.send(200, 'pong'));
    await device.subscribed('$iothub/methods/POST/#');
    await emulator.stop();
    await emulator.start();
    await device.subscribed('$iothub/methods/POST/#');
    assert.deepEqual(await device.call('ping', null), { status: 200, payload: 'pong' });
    await client.sendEvent(new Message('back'));
    assert.deepEqual((await device.telemetry()).map(({ text }) => text), ['back']);
  }));
}
