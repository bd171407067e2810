// SPDX-License-Identifier: Apache-2.0
// The emulator killed in the middle of its work: what it acknowledged is there when it starts again.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { test } from './harness/test.mjs';

const WRITERS = 8;
const ROUNDS = 3;
const ACKNOWLEDGEMENTS = 60;  // of a round, before the kill

const GROUP_KEY = randomBytes(64);
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();

/// What `id` shows DPS as a member of the group.
function groupToken({ idScope }, id) {
  const resource = encodeURIComponent(`${idScope}/registrations/${id}`);
  const expiry = Math.floor(Date.now() / 1000) + 3600;
  const signature = hmac(hmac(GROUP_KEY, id), `${resource}\n${expiry}`).toString('base64');
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=registration`;
}

async function enrollGroup(emulator) {
  await emulator.control('PUT', '/settings', { retryAfter: 0 });
  const symmetricKey = { primaryKey: GROUP_KEY.toString('base64'), secondaryKey: randomBytes(64).toString('base64') };
  const answer = await emulator.dpsService('PUT', '/enrollmentGroups/plant', {
    body: { enrollmentGroupId: 'plant', attestation: { type: 'symmetricKey', symmetricKey } },
  });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

/// One of each change, over and over; each is handed to `acknowledged` with the check that belongs to it. Ends when the
/// emulator goes away.
async function write(emulator, name, acknowledged) {
  const hub = (method, path, options) => emulator.hubService(emulator.hub, method, path, options);
  for (let number = 0; ; number += 1) {
    const registered = `registered-${name}-${number}`;
    const created = `created-${name}-${number}`;
    const changes = [
      [() => emulator.dpsDevice('PUT', `/registrations/${registered}/register`, { token: groupToken(emulator.info, registered), body: { registrationId: registered } }),
        202, async () => {
          assert.equal((await emulator.dpsService('GET', `/registrations/${registered}`)).body.status, 'assigned', registered);
          const hubs = await Promise.all(emulator.info.hubs.map((one) => emulator.hubService(one, 'GET', `/devices/${registered}`)));
          assert.ok(hubs.some(({ status }) => status === 200), `${registered} is in no hub`);
        }],
      [() => hub('PUT', `/devices/${created}`, { body: { deviceId: created } }),
        200, async () => assert.equal((await hub('GET', `/devices/${created}`)).status, 200, created)],
      [() => hub('PUT', `/devices/${created}/modules/App`, { body: { deviceId: created, moduleId: 'App' } }),
        200, async () => assert.equal((await hub('GET', `/devices/${created}/modules/App`)).status, 200, `${created}/App`)],
      [() => hub('PATCH', `/twins/${created}`, { body: { tags: { number } } }),
        200, async () => assert.equal((await hub('GET', `/twins/${created}`)).body.tags.number, number, `twin of ${created}`)],
    ];
    for (const [change, expected, check] of changes) {
      let answer;
      try {
        answer = await change();
      } catch {
        return;  // not acknowledged: nothing is promised
      }
      assert.equal(answer.status, expected, JSON.stringify(answer.body));
      acknowledged(check);
    }
  }
}

test('killed under load, the emulator starts again with all that it had acknowledged', async (bench) => {
  const emulator = await bench.startEmulator();
  await enrollGroup(emulator);
  const checks = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = checks.length;
    let killed;
    const acknowledged = (check) => {
      checks.push(check);
      if (checks.length - before >= ACKNOWLEDGEMENTS) killed ??= emulator.kill();
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(emulator, `${round}-${writer}`, acknowledged)));
    assert.ok(killed, 'the emulator ended by itself');
    await killed;
    await emulator.start();
    for (const check of checks) await check();
  }
});

test('with --memory the emulator leaves no file of its state', async (bench) => {
  const emulator = await bench.startEmulator({ args: ['--memory'] });
  await enrollGroup(emulator);
  const { status } = await emulator.dpsDevice('PUT', '/registrations/press-4/register', {
    token: groupToken(emulator.info, 'press-4'), body: { registrationId: 'press-4' },
  });
  assert.equal(status, 202);
  const isDatabase = (file) => /\.db|-wal|-shm|journal/.test(file);
  assert.deepEqual((await readdir(emulator.data)).filter(isDatabase), []);
  await emulator.kill();
  assert.deepEqual((await readdir(emulator.data)).filter(isDatabase), []);
  await emulator.start();
  assert.equal((await emulator.dpsService('GET', '/registrations/press-4')).status, 404);
});
