// SPDX-License-Identifier: Apache-2.0
// azure-iothub: the registry of identities, as a back end uses it.
import assert from 'node:assert/strict';
import { test } from '../e2e/harness/test.mjs';
import { called, sdk } from './sdk.mjs';

function registryOf(emulator) {
  return sdk('azure-iothub').Registry.fromConnectionString(emulator.info.hubServiceConnectionStrings[emulator.hub]);
}

test('azure-iothub creates, reads and deletes a device and its modules', async (bench) => {
  const emulator = await bench.startEmulator();
  assert.equal(emulator.info.httpsPort, 443);
  const registry = registryOf(emulator);
  const { responseBody: device } = await registry.create({ deviceId: 'press-7' });
  assert.equal(device.deviceId, 'press-7');
  await called((done) => registry.addModule({ deviceId: 'press-7', moduleId: 'AppB' }, done));
  const modules = await called((done) => registry.getModulesOnDevice('press-7', done));
  assert.deepEqual(modules.map(({ moduleId }) => moduleId), ['AppB']);
  await registry.delete('press-7');
  await assert.rejects(registry.get('press-7'), { name: 'DeviceNotFoundError' });
});
