// SPDX-License-Identifier: Apache-2.0
// azure-iothub: direct methods of devices and modules that are connected with azure-iot-device.
import assert from 'node:assert/strict';
import { test } from '../e2e/harness/test.mjs';
import { HubIdentity } from './hub_identity.mjs';
import { called, sdk } from './sdk.mjs';
import { methodsOf } from './service.mjs';

const { Client, ModuleClient } = sdk('azure-iot-device');
const { Mqtt } = sdk('azure-iot-device-mqtt');

// A method may be called before the device has said that it listens.
const WAIT_FOR_DEVICE = { connectTimeoutInSeconds: 20 };

const CLIENTS = { device: Client, module: ModuleClient };

/// A service, and the connected client of the device press-7 or of its module AppB.
async function connected(bench, kind) {
  const emulator = await bench.startEmulator();
  const identity = await HubIdentity[kind](emulator);
  const client = CLIENTS[kind].fromConnectionString(identity.connectionString(), Mqtt);
  bench.keep({ stop: () => client.close() });
  await client.open();
  return { service: methodsOf(emulator), client };
}

/// Answers 201 with what came.
const mirror = (request, response) => response.send(201, { mirrored: request.payload }, (error) => assert.ifError(error));

test('azure-iothub calls a method of a connected device', async (bench) => {
  const { service, client } = await connected(bench, 'device');
  client.onDeviceMethod('mirror', mirror);
  const { result } = await service.invokeDeviceMethod('press-7', { methodName: 'mirror', payload: { blink: 3 }, ...WAIT_FOR_DEVICE });
  assert.deepEqual(result, { status: 201, payload: { mirrored: { blink: 3 } } });
});

test('azure-iothub calls a method of a connected module', async (bench) => {
  const { service, client } = await connected(bench, 'module');
  client.onMethod('mirror', mirror);
  const { result } = await service.invokeDeviceMethod('press-7', 'AppB', { methodName: 'mirror', payload: 'blink', ...WAIT_FOR_DEVICE });
  assert.deepEqual(result, { status: 201, payload: { mirrored: 'blink' } });
});

test('azure-iothub cannot call a method of a device that is not connected', async (bench) => {
  const emulator = await bench.startEmulator();
  await HubIdentity.device(emulator);
  await assert.rejects(methodsOf(emulator).invokeDeviceMethod('press-7', { methodName: 'mirror' }), (error) => {
    assert.equal(error.response.statusCode, 404);
    assert.match(error.responseBody, /DeviceNotOnline|not online/i);
    return true;
  });
});

test('azure-iothub hears of a timeout when the device does not answer', async (bench) => {
  const { service, client } = await connected(bench, 'device');
  const heard = new Promise((resolve) => { client.onDeviceMethod('muse', resolve); });
  const call = service.invokeDeviceMethod('press-7', { methodName: 'muse', responseTimeoutInSeconds: 5, ...WAIT_FOR_DEVICE });
  await assert.rejects(call, { name: 'GatewayTimeoutError' });
  assert.equal((await heard).methodName, 'muse');
});

test('azure-iothub is refused a method whose timeout is out of range', async (bench) => {
  const { service } = await connected(bench, 'device');
  const call = called((done) => service.invokeDeviceMethod('press-7', { methodName: 'mirror', responseTimeoutInSeconds: 301 }, done));
  await assert.rejects(call, { name: 'ArgumentError' });
});
