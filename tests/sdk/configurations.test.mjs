// SPDX-License-Identifier: Apache-2.0
// azure-iothub: automatic device management, whose configurations reach the twins that they target.
import assert from 'node:assert/strict';
import { test } from '../e2e/harness/test.mjs';
import { HubIdentity } from './hub_identity.mjs';
import { called, sdk } from './sdk.mjs';
import { registryOf } from './service.mjs';

const configuration = (id, targetCondition, deviceContent, more = {}) =>
  ({ id, schemaVersion: '1.0', targetCondition, priority: 10, content: { deviceContent }, ...more });

async function desiredOf(registry, deviceId, moduleId) {
  const { responseBody: twin } = await (moduleId ? registry.getModuleTwin(deviceId, moduleId) : registry.getTwin(deviceId));
  const { $metadata, $version, ...desired } = twin.properties.desired;
  return desired;
}

const countsOf = async (registry, id) => ({ ...(await registry.getConfiguration(id)).responseBody.systemMetrics.results });

test('azure-iothub adds, reads, lists, updates and removes configurations', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  const labels = { owner: 'line 4' };
  await registry.addConfiguration(configuration('slow', '*', { 'properties.desired.interval': 60 }, { labels }));
  await assert.rejects(registry.addConfiguration(configuration('slow', '*', {})), { name: 'DeviceAlreadyExistsError' });
  const { responseBody: first } = await registry.getConfiguration('slow');
  assert.equal(first.priority, 10);
  assert.deepEqual({ ...first.labels }, labels);

  await registry.updateConfiguration({ ...first, priority: 11 });
  await assert.rejects(registry.updateConfiguration({ ...first, priority: 12 }), { name: 'InvalidEtagError' });
  assert.equal((await registry.getConfiguration('slow')).responseBody.priority, 11);
  await registry.updateConfiguration({ ...first, priority: 13 }, true);
  const { responseBody: all } = await registry.getConfigurations();
  assert.deepEqual(all.map(({ id, priority }) => [id, priority]), [['slow', 13]]);

  await registry.removeConfiguration('slow');
  await assert.rejects(registry.getConfiguration('slow'), (error) => error.response.statusCode === 404);
  assert.deepEqual((await registry.getConfigurations()).responseBody, []);
});

test('azure-iothub configures the devices whose tags match, now and later', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  for (const deviceId of ['here', 'there']) await registry.create({ deviceId });
  await registry.updateTwin('here', { tags: { site: 'Kiel' } }, '*');
  await registry.addConfiguration(configuration('kiel', "tags.site = 'Kiel'", { 'properties.desired.speed': 3 }));
  assert.deepEqual(await desiredOf(registry, 'here'), { speed: 3 });
  assert.deepEqual(await desiredOf(registry, 'there'), {});

  await registry.updateTwin('there', { tags: { site: 'Kiel' } }, '*');
  assert.deepEqual(await desiredOf(registry, 'there'), { speed: 3 });
  assert.deepEqual(await countsOf(registry, 'kiel'), { targetedCount: 2, appliedCount: 2 });

  await registry.removeConfiguration('kiel');
  assert.deepEqual(await desiredOf(registry, 'here'), {});
});

test('azure-iothub configures the device that reports what a condition wants', async (bench) => {
  const emulator = await bench.startEmulator();
  const registry = registryOf(emulator);
  const device = await HubIdentity.device(emulator);
  await registry.addConfiguration(configuration('old', "properties.reported.firmware = '1'", { 'properties.desired.update': '2' }));
  assert.deepEqual(await desiredOf(registry, 'press-7'), {});

  const { Client } = sdk('azure-iot-device');
  const client = Client.fromConnectionString(device.connectionString(), sdk('azure-iot-device-mqtt').Mqtt);
  bench.keep({ stop: () => client.close() });
  await client.open();
  const twin = await client.getTwin();
  const told = new Promise((resolve) => { twin.on('properties.desired.update', (version) => version && resolve(version)); });
  await called((done) => twin.properties.reported.update({ firmware: '1' }, done));
  assert.equal(await told, '2');
  await called((done) => twin.properties.reported.update({ firmware: '2' }, done));
  assert.deepEqual(await desiredOf(registry, 'press-7'), {});
});

test('azure-iothub has the highest priority win where two configurations set the same', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  await registry.create({ deviceId: 'press-7' });
  const high = configuration('high', '*', { 'properties.desired.mode': 'quiet' }, { priority: 20 });
  await registry.addConfiguration(high);
  await registry.addConfiguration(configuration('low', '*', { 'properties.desired.mode': 'loud', 'properties.desired.more': 1 }));
  await registry.addConfiguration(configuration('hidden', '*', { 'properties.desired.mode': 'wild' }, { priority: 1 }));
  assert.deepEqual(await desiredOf(registry, 'press-7'), { mode: 'quiet', more: 1 });
  assert.deepEqual(await countsOf(registry, 'hidden'), { targetedCount: 1, appliedCount: 0 });
  await registry.updateConfiguration({ ...high, priority: 5 }, true);
  assert.deepEqual(await desiredOf(registry, 'press-7'), { mode: 'loud', more: 1 });
});

test('azure-iothub configures modules', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  await registry.create({ deviceId: 'press-7' });
  for (const moduleId of ['AppA', 'AppB']) await registry.addModule({ deviceId: 'press-7', moduleId });
  await registry.addConfiguration({
    id: 'apps', schemaVersion: '1.0', priority: 1, targetCondition: "FROM devices.modules WHERE moduleId = 'AppB'",
    content: { moduleContent: { 'properties.desired.log': 'debug' } },
  });
  assert.deepEqual(await desiredOf(registry, 'press-7', 'AppB'), { log: 'debug' });
  assert.deepEqual(await desiredOf(registry, 'press-7', 'AppA'), {});
  assert.deepEqual(await desiredOf(registry, 'press-7'), {});
});

test('azure-iothub applies content to one device', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  for (const deviceId of ['press-7', 'press-8']) await registry.create({ deviceId });
  await registry.applyConfigurationContentOnDevice('press-7', { deviceContent: { 'properties.desired.interval': 5 } });
  assert.deepEqual(await desiredOf(registry, 'press-7'), { interval: 5 });
  assert.deepEqual(await desiredOf(registry, 'press-8'), {});
});

test('azure-iothub reads what the metrics of a configuration count', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  for (const deviceId of ['press-7', 'press-8']) await registry.create({ deviceId });
  const queries = { seven: "SELECT deviceId FROM devices WHERE deviceId = 'press-7'", all: 'SELECT COUNT() AS n FROM devices' };
  await registry.addConfiguration(configuration('measured', '', { 'properties.desired.interval': 5 }, { metrics: { queries } }));
  const { responseBody: { metrics } } = await registry.getConfiguration('measured');
  assert.deepEqual({ ...metrics.queries }, queries);
  assert.deepEqual({ ...metrics.results }, { seven: 1, all: 2 });
});

test('azure-iothub is told what is wrong with a configuration', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  await assert.rejects(registry.addConfiguration(configuration('bad', 'tags.site = ', {})), { name: 'ArgumentError' });
  await assert.rejects(registry.addConfiguration(configuration('Bad Id', '*', {})), { name: 'ArgumentError' });
});
