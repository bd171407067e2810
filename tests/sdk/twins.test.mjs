// SPDX-License-Identifier: Apache-2.0
// azure-iothub: twins of devices and modules, as a back end reads and writes them.
import assert from 'node:assert/strict';
import { test } from '../e2e/harness/test.mjs';
import { called } from './sdk.mjs';
import { registryOf } from './service.mjs';

/// The two kinds of twins, by the same words.
const DEVICE = {
  make: (registry) => registry.create({ deviceId: 'press-7' }),
  get: (registry) => registry.getTwin('press-7'),
  update: (registry, patch, etag) => registry.updateTwin('press-7', patch, etag),
};
const MODULE = {
  async make(registry) {
    await registry.create({ deviceId: 'press-7' });
    await registry.addModule({ deviceId: 'press-7', moduleId: 'AppB' });
  },
  get: (registry) => registry.getModuleTwin('press-7', 'AppB'),
  update: (registry, patch, etag) => registry.updateModuleTwin('press-7', 'AppB', patch, etag),
};

/// Tags, and desired properties without what Azure adds to them.
function content({ tags, properties }) {
  const { $metadata, $version, ...desired } = properties.desired;
  assert.ok($metadata.$lastUpdated, 'desired properties have metadata');
  return { tags: tags ?? {}, desired, version: $version };
}

async function readsAndMerges(bench, kind) {
  const registry = registryOf(await bench.startEmulator());
  await kind.make(registry);
  const { responseBody: fresh } = await kind.get(registry);
  assert.deepEqual(content(fresh), { tags: {}, desired: {}, version: 1 });

  const patch = { tags: { site: 'Kiel', line: 4 }, properties: { desired: { interval: 5, mode: { night: true, loud: true } } } };
  const { responseBody: first } = await kind.update(registry, patch, fresh.etag);
  assert.deepEqual(content(first), { tags: { site: 'Kiel', line: 4 }, desired: { interval: 5, mode: { night: true, loud: true } }, version: 2 });
  assert.notEqual(first.etag, fresh.etag);

  const removal = { tags: { line: null }, properties: { desired: { mode: { loud: null } } } };
  await kind.update(registry, removal, '*');
  const { responseBody: second } = await kind.get(registry);
  assert.deepEqual(content(second), { tags: { site: 'Kiel' }, desired: { interval: 5, mode: { night: true } }, version: 3 });
  assert.deepEqual(Object.keys(second.properties.desired.$metadata.mode).sort(), ['$lastUpdated', '$lastUpdatedVersion', 'night']);
}

async function isGuarded(bench, kind) {
  const registry = registryOf(await bench.startEmulator());
  await kind.make(registry);
  const { responseBody: { etag } } = await kind.get(registry);
  await kind.update(registry, { tags: { site: 'Kiel' } }, etag);
  await assert.rejects(kind.update(registry, { tags: { site: 'Ulm' } }, etag), { name: 'InvalidEtagError' });
  await assert.rejects(kind.update(registry, { tags: { 'a name': 1 } }, '*'), { name: 'ArgumentError' });
  assert.deepEqual(content((await kind.get(registry)).responseBody).tags, { site: 'Kiel' });
}

test('azure-iothub reads and merges the twin of a device', (bench) => readsAndMerges(bench, DEVICE));
test('azure-iothub reads and merges the twin of a module', (bench) => readsAndMerges(bench, MODULE));
test('azure-iothub is refused a device twin with a wrong etag or name', (bench) => isGuarded(bench, DEVICE));
test('azure-iothub is refused a module twin with a wrong etag or name', (bench) => isGuarded(bench, MODULE));

test('azure-iothub updates a twin by the Twin object that it was given', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  await registry.create({ deviceId: 'press-7' });
  const twin = await called((done) => registry.getTwin('press-7', done));
  await twin.update({ properties: { desired: { interval: 5 } } });
  assert.equal(twin.properties.desired.interval, 5);
  await registry.updateTwin('press-7', { properties: { desired: { interval: 6 } } }, '*');
  await assert.rejects(twin.update({ properties: { desired: { interval: 7 } } }), { name: 'InvalidEtagError' });
  await twin.get();
  assert.equal(twin.properties.desired.interval, 6);
});

test('azure-iothub cannot read the twin of a device that there is not', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  await assert.rejects(registry.getTwin('press-7'), { name: 'DeviceNotFoundError' });
});
