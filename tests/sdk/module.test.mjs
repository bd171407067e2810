// SPDX-License-Identifier: Apache-2.0
// azure-iot-device's ModuleClient: a module with its own connection, twin and methods.
import assert from 'node:assert/strict';
import { newKey } from '../e2e/harness/credentials.mjs';
import { test } from '../e2e/harness/test.mjs';
import { assertRefused, comes, whileOpen } from './client.mjs';
import { HubIdentity } from './hub_identity.mjs';
import { called, sdk } from './sdk.mjs';

const { Message, ModuleClient } = sdk('azure-iot-device');
const { Mqtt, MqttWs } = sdk('azure-iot-device-mqtt');

for (const [protocol, Transport] of Object.entries({ mqtt: Mqtt, mqttWebSocket: MqttWs })) {
  test(`${protocol}: a module sends, has a twin and answers methods for itself`, async (bench) => {
    const emulator = await bench.startEmulator();
    const module = await HubIdentity.module(emulator);
    const client = ModuleClient.fromConnectionString(module.connectionString(), Transport);
    await whileOpen(client, async () => {
      await client.sendEvent(new Message('plain'));
      await client.sendOutputEvent('alarms', new Message('hot'));
      assert.deepEqual((await module.telemetry()).map(({ moduleId, text }) => [moduleId, text]), [['AppB', 'plain'], ['AppB', 'hot']]);

      const twin = await client.getTwin();
      await called((done) => twin.properties.reported.update({ ready: true }, done));
      assert.equal((await module.twin()).properties.reported.ready, true);
      const change = new Promise((resolve) => {
        twin.on('properties.desired.interval', resolve);
      });
      await module.subscribed('$iothub/twin/PATCH/properties/desired/#');
      await module.desire({ interval: 9 });
      assert.equal(await comes('the change', change), 9);

      client.onMethod('halt', (request, response) => response.send(200, [request.payload]));
      await module.subscribed('$iothub/methods/POST/#');
      assert.deepEqual(await module.call('halt', 'z'), { status: 200, payload: ['z'] });
    });
  });
}

test('a module with a wrong key is refused', async (bench) => {
  const module = await HubIdentity.module(await bench.startEmulator());
  await assertRefused(ModuleClient.fromConnectionString(module.connectionString(`SharedAccessKey=${newKey()}`), Mqtt));
});
