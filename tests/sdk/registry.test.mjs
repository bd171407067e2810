// SPDX-License-Identifier: Apache-2.0
// azure-iothub: the registry of identities, as a back end uses it.
import assert from 'node:assert/strict';
import { test } from '../e2e/harness/test.mjs';
import { HubIdentity } from './hub_identity.mjs';
import { called, sdk } from './sdk.mjs';
import { registryOf } from './service.mjs';

const MODULES_OF_A_DEVICE = 50;

const statusOf = (status) => (error) => {
  assert.equal(error.response?.statusCode, status, error.message);
  return true;
};
const numbered = (count) => Array.from({ length: count }, (_, number) => ({ deviceId: `press-${number}` }));

test('azure-iothub creates, reads and deletes a device and its modules', async (bench) => {
  const emulator = await bench.startEmulator();
  assert.equal(emulator.info.httpsPort, 443);
  const registry = registryOf(emulator);
  const { responseBody: device } = await registry.create({ deviceId: 'press-7' });
  assert.equal(device.deviceId, 'press-7');
  await registry.addModule({ deviceId: 'press-7', moduleId: 'AppB' });
  const { responseBody: modules } = await registry.getModulesOnDevice('press-7');
  assert.deepEqual(modules.map(({ moduleId }) => moduleId), ['AppB']);
  const { responseBody: module } = await registry.getModule('press-7', 'AppB');
  assert.equal(module.deviceId, 'press-7');
  await registry.removeModule('press-7', 'AppB');
  await assert.rejects(registry.getModule('press-7', 'AppB'), statusOf(404));
  await registry.delete('press-7');
  await assert.rejects(registry.get('press-7'), { name: 'DeviceNotFoundError' });
});

test('azure-iothub gives a device keys, disables it and lists it', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  const primaryKey = Buffer.alloc(32, 1).toString('base64');
  const secondaryKey = Buffer.alloc(32, 2).toString('base64');
  await registry.create({ deviceId: 'press-7', authentication: { symmetricKey: { primaryKey, secondaryKey } } });
  await registry.create({ deviceId: 'press-8' });
  await registry.update({ deviceId: 'press-7', status: 'disabled', statusReason: 'spare' });
  const { responseBody: device } = await registry.get('press-7');
  assert.equal(device.status, 'disabled');
  assert.equal(device.statusReason, 'spare');
  assert.deepEqual({ ...device.authentication.symmetricKey }, { primaryKey, secondaryKey });
  const { responseBody: devices } = await registry.list();
  assert.deepEqual(devices.map(({ deviceId, status }) => [deviceId, status]).sort(), [['press-7', 'disabled'], ['press-8', 'enabled']]);
});

test('azure-iothub names a device that is there already, one that is not, and a bad id', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  await registry.create({ deviceId: 'press-7' });
  await assert.rejects(registry.create({ deviceId: 'press-7' }), { name: 'DeviceAlreadyExistsError' });
  await assert.rejects(registry.delete('press-8'), { name: 'DeviceNotFoundError' });
  await assert.rejects(registry.create({ deviceId: 'press 7' }), { name: 'ArgumentError' });
});

test('azure-iothub updates a module under its etag only', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  await registry.create({ deviceId: 'press-7' });
  const remove = (module) => called((done) => registry.removeModule(module, done));
  const { responseBody: first } = await registry.addModule({ deviceId: 'press-7', moduleId: 'AppB' });
  const { responseBody: second } = await registry.updateModule({ ...first, managedBy: 'somebody' });
  assert.equal(second.managedBy, 'somebody');
  assert.notEqual(second.etag, first.etag);
  await assert.rejects(registry.updateModule({ ...first, managedBy: 'nobody' }), { name: 'InvalidEtagError' });
  await assert.rejects(remove(first), { name: 'InvalidEtagError' });
  await registry.updateModule({ ...first, managedBy: 'anybody' }, true);
  const { responseBody: third } = await registry.getModule('press-7', 'AppB');
  assert.equal(third.managedBy, 'anybody');
  await remove(third);
  assert.deepEqual((await registry.getModulesOnDevice('press-7')).responseBody, []);
});

test('azure-iothub adds, updates and removes devices in bulk, under etags when it wants', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  const { responseBody: added } = await registry.addDevices(numbered(100));
  assert.deepEqual([added.isSuccessful, added.errors], [true, []]);

  const { responseBody: again } = await registry.addDevices([{ deviceId: 'press-1' }, { deviceId: 'other' }]);
  assert.equal(again.isSuccessful, false);
  assert.deepEqual(again.errors.map(({ deviceId }) => deviceId), ['press-1']);
  assert.equal((await registry.get('other')).responseBody.deviceId, 'other');

  const disabled = numbered(3).map((device) => ({ ...device, status: 'disabled' }));
  assert.equal((await registry.updateDevices(disabled, true)).responseBody.isSuccessful, true);
  assert.equal((await registry.get('press-2')).responseBody.status, 'disabled');

  const { responseBody: present } = await registry.get('press-2');
  const fresh = { deviceId: 'press-2', etag: present.etag, status: 'enabled' };
  const stale = { deviceId: 'press-1', etag: present.etag === 'AAAA' ? 'BBBB' : 'AAAA', status: 'enabled' };
  const { responseBody: guarded } = await registry.updateDevices([fresh, stale], false);
  assert.deepEqual(guarded.errors.map(({ deviceId }) => deviceId), ['press-1']);
  assert.equal((await registry.get('press-2')).responseBody.status, 'enabled');
  assert.equal((await registry.get('press-1')).responseBody.status, 'disabled');

  assert.equal((await registry.removeDevices([stale], false)).responseBody.isSuccessful, false);
  assert.equal((await registry.removeDevices(numbered(100), true)).responseBody.isSuccessful, true);
  assert.deepEqual((await registry.list()).responseBody.map(({ deviceId }) => deviceId), ['other']);
});

test('azure-iothub counts the devices', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  await registry.addDevices([{ deviceId: 'a' }, { deviceId: 'b' }, { deviceId: 'c', status: 'disabled' }]);
  const { responseBody: statistics } = await registry.getRegistryStatistics();
  assert.deepEqual({ ...statistics }, { totalDeviceCount: 3, enabledDeviceCount: 2, disabledDeviceCount: 1 });
});

test('the hub counts the devices that are connected', async (bench) => {
  const emulator = await bench.startEmulator();
  const device = await HubIdentity.device(emulator);
  const countOf = async () => (await emulator.hubService(emulator.hub, 'GET', '/statistics/service')).body.connectedDeviceCount;
  assert.equal(await countOf(), 0);
  const client = sdk('azure-iot-device').Client.fromConnectionString(device.connectionString(), sdk('azure-iot-device-mqtt').Mqtt);
  bench.keep({ stop: () => client.close() });
  await client.open();
  assert.equal(await countOf(), 1);
});

test('azure-iothub is refused a fifty-first module of a device', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  await registry.create({ deviceId: 'press-7' });
  for (let number = 1; number <= MODULES_OF_A_DEVICE; ++number) {
    await registry.addModule({ deviceId: 'press-7', moduleId: `m${number}` });
  }
  await assert.rejects(registry.addModule({ deviceId: 'press-7', moduleId: 'm51' }), (error) => {
    assert.match(error.responseBody, /TooManyModulesOnDevice/);
    return statusOf(413)(error);
  });
  assert.equal((await registry.getModulesOnDevice('press-7')).responseBody.length, MODULES_OF_A_DEVICE);
});

test('azure-iothub with a wrong key is refused', async (bench) => {
  const emulator = await bench.startEmulator();
  const { hub } = emulator;
  const genuine = emulator.info.hubServiceConnectionStrings[hub];
  const forged = genuine.replace(/SharedAccessKey=.*/, `SharedAccessKey=${Buffer.alloc(32).toString('base64')}`);
  const registry = registryOf({ hub, info: { hubServiceConnectionStrings: { [hub]: forged } } });
  await assert.rejects(registry.list(), { name: 'UnauthorizedError' });
});
