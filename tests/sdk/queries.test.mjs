// SPDX-License-Identifier: Apache-2.0
// azure-iothub: twin queries, in pages.
import assert from 'node:assert/strict';
import { test } from '../e2e/harness/test.mjs';
import { pages, registryOf } from './service.mjs';

const DEVICES = 7;

/// Devices of two sites: the even ones in Kiel, the odd ones in Ulm; the first one has a module.
async function fleetOf(bench) {
  const registry = registryOf(await bench.startEmulator());
  for (let number = 0; number < DEVICES; ++number) {
    await registry.create({ deviceId: `press-${number}` });
    const patch = { tags: { site: number % 2 === 0 ? 'Kiel' : 'Ulm' }, properties: { desired: { number } } };
    await registry.updateTwin(`press-${number}`, patch, '*');
  }
  await registry.addModule({ deviceId: 'press-0', moduleId: 'AppB' });
  return registry;
}

const rowsOf = async (registry, text) => (await pages(registry.createQuery(text))).flat();
const idsOf = async (registry, text) => (await rowsOf(registry, text)).map(({ deviceId }) => deviceId).sort();

test('azure-iothub queries in pages, each by the token of the one before', async (bench) => {
  const registry = await fleetOf(bench);
  const query = registry.createQuery('SELECT * FROM devices', 3);
  const found = await pages(query);
  assert.deepEqual(found.map((page) => page.length), [3, 3, 1]);
  assert.equal(query.hasMoreResults, false);
  assert.equal(new Set(found.flat().map(({ deviceId }) => deviceId)).size, DEVICES);
});

test('azure-iothub gets the first page again when it passes no token', async (bench) => {
  const query = (await fleetOf(bench)).createQuery('SELECT * FROM devices', 3);
  const { result: first } = await query.next();
  const { result: again } = await query.next();
  assert.deepEqual(again.map(({ deviceId }) => deviceId), first.map(({ deviceId }) => deviceId));
});

test('azure-iothub finds devices and modules by their ids, tags and properties', async (bench) => {
  const registry = await fleetOf(bench);
  assert.deepEqual(await idsOf(registry, "SELECT * FROM devices WHERE tags.site = 'Ulm'"), ['press-1', 'press-3', 'press-5']);
  assert.deepEqual(await idsOf(registry, "SELECT * FROM devices WHERE tags.site = 'Kiel' AND properties.desired.number > 2"), ['press-4', 'press-6']);
  assert.deepEqual(await idsOf(registry, "SELECT * FROM devices WHERE deviceId IN ['press-1', 'press-2', 'none']"), ['press-1', 'press-2']);
  assert.deepEqual(await idsOf(registry, "SELECT * FROM devices.modules WHERE moduleId = 'AppB'"), ['press-0']);
  assert.deepEqual(await idsOf(registry, "SELECT * FROM devices WHERE tags.site = 'Bonn'"), []);
});

test('azure-iothub gets rows of what a query selects', async (bench) => {
  const registry = await fleetOf(bench);
  assert.deepEqual(await rowsOf(registry, "SELECT COUNT() AS devices FROM devices WHERE tags.site = 'Kiel'"), [{ devices: 4 }]);
  assert.deepEqual(await rowsOf(registry, "SELECT deviceId, tags.site AS place FROM devices WHERE deviceId = 'press-3'"),
    [{ deviceId: 'press-3', place: 'Ulm' }]);
});

test('azure-iothub gets twins that it can update from a query', async (bench) => {
  const registry = await fleetOf(bench);
  const { result: [twin] } = await registry.createQuery("SELECT * FROM devices WHERE deviceId = 'press-3'").nextAsTwin();
  await twin.update({ tags: { site: 'Bonn' } });
  assert.deepEqual(await idsOf(registry, "SELECT * FROM devices WHERE tags.site = 'Bonn'"), ['press-3']);
});

test('azure-iothub is told at which position a query is not understood', async (bench) => {
  const registry = registryOf(await bench.startEmulator());
  const query = registry.createQuery('SELECT * FROM devices ORDER BY deviceId');
  await assert.rejects(query.next(), (error) => {
    assert.equal(error.name, 'ArgumentError');
    assert.match(error.responseBody, /position 23\b/, 'where ORDER stands');
    return true;
  });
});
