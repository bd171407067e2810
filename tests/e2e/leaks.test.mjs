// SPDX-License-Identifier: Apache-2.0
// Many rounds on one software TPM without a resource manager, where nobody flushes what a program leaves: provisionings,
// moves to the other hub, re-keys, swaps, added and removed modules. Nothing may pile up.
//
// LEAK_ROUNDS (default 10; `make test-leaks`: 300) is the number of rounds, LEAK_SEED (default 1) draws them.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { assertLetIn, EK, keyHandle, nvIndex, SRK } from './harness/slots.mjs';
import { NOTHING_LOADED } from './harness/software_tpm.mjs';
import { test } from './harness/test.mjs';

const { LEAK_ROUNDS: rounds = '10', LEAK_SEED: seed = '1' } = process.env;
const draw = (round, choices) => choices[createHash('sha256').update(`${seed} ${round}`).digest().readUInt32BE() % choices.length];

const PERSISTENT = 4;

/// Exactly what the configuration wants is there, and nothing else.
async function assertNothingMore(device) {
  const { dmModuleSlotNumber, otherModuleIds } = device.configuration;
  const slots = [0, dmModuleSlotNumber, ...Object.values(otherModuleIds)].sort((a, b) => a - b);
  const inTpm = slots.filter((slot) => slot < PERSISTENT);
  assert.deepEqual(await device.tpm.loaded(), NOTHING_LOADED);
  assert.deepEqual(await device.tpm.handles('handles-persistent'), [SRK, ...inTpm.map((slot) => keyHandle(slot)), EK]);
  assert.deepEqual(await device.tpm.handles('handles-nv-index'), inTpm.map((slot) => nvIndex(slot)));
  const wrapped = slots.filter((slot) => slot >= PERSISTENT).map((slot) => `slot-${slot}`);
  assert.deepEqual(Object.keys(await device.stateFiles()), ['record.json', ...wrapped].sort());
}

const ROUNDS = {
  async 'move to the other hub'(device) {
    const { hubs } = device.emulator.info;
    const { hub } = await device.json('slot', 'show', '0');
    await device.enroll('--hub', hubs.find((name) => name !== hub));
    await device.expect(0, 'reprovision');
  },
  async 're-key in the hub'(device) {
    const { hub, device: id } = await device.json('slot', 'show', '0');
    const path = `/devices/${id}/modules/AppB`;
    const { body: module } = await device.emulator.hubService(hub, 'GET', path);
    const key = randomBytes(32).toString('base64');
    module.authentication.symmetricKey = { primaryKey: key, secondaryKey: key };
    await device.emulator.hubService(hub, 'PUT', path, { body: module, headers: { 'If-Match': '*' } });
    await device.expect(0, 'provision', '--verify');
  },
  async 'swap slots'(device) {
    const { AppB, AppC } = device.configuration.otherModuleIds;
    await device.configure({ otherModuleIds: { AppB: AppC, AppC: AppB } });
    await device.expect(0, 'provision');
  },
  async 'decommission and provision'(device) {
    await device.expect(0, 'decommission', '--yes');
    await device.expect(0, 'provision');
  },
  async 'add a module and prune it'(device) {
    const { otherModuleIds } = device.configuration;
    await device.configure({ otherModuleIds: { ...otherModuleIds, AppD: 3 } });
    await device.expect(0, 'provision');
    await device.configure({ otherModuleIds });
    await device.expect(0, 'provision', '--prune');
  },
};

test('rounds of provisioning, moving and re-keying leave nothing behind', async (bench) => {
  const device = await bench.enrolledDevice({ otherModuleIds: { AppB: 2, AppC: 5 }, tpm: { persistentSlots: PERSISTENT } });
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  await device.expect(0, 'provision');
  const started = Date.now();
  console.log(`LEAK_SEED=${seed}, ${rounds} rounds`);
  const done = {};
  for (let round = 1; round <= Number(rounds); round += 1) {
    const name = draw(round, Object.keys(ROUNDS));
    done[name] = (done[name] ?? 0) + 1;
    try {
      await ROUNDS[name](device);
      await assertNothingMore(device);
    } catch (error) {
      throw new Error(`round ${round}, ${name} (LEAK_SEED=${seed}): ${error.message}`, { cause: error });
    }
  }
  const { hub, device: deviceId } = await device.json('slot', 'show', '0');
  for (const [moduleId, slot] of Object.entries(device.configuration.otherModuleIds)) await assertLetIn(device, slot, { hub, deviceId, moduleId });
  console.log(`${JSON.stringify(done)} in ${Math.round((Date.now() - started) / 1000)} s`);
});

// TPM2_StartAuthSession: an HMAC session that nothing salts or binds. tpm2-tools would save it and free its place.
const START_SESSION = Buffer.from('8001' + '0000002b' + '00000176' + '40000007' + '40000007' + '0010' + '00'.repeat(16) + '0000' + '00' + '0010' + '000b', 'hex');

/// Starts sessions and leaves them loaded, until the TPM has no room for one more; resolves to its answer then.
async function startSessions(tpm) {
  const socket = connect(tpm.socket);
  for (;;) {
    socket.write(START_SESSION);
    const [answer] = await once(socket, 'data');
    const code = answer.readUInt32BE(6);
    if (code === 0) continue;
    socket.destroy();
    return code;
  }
}

/// Takes all room for loaded objects and sessions, as programs do that never flush.
async function leaveThingsBehind(tpm) {
  await tpm.tool('startauthsession', '-S', 'saved-session');
  let refused = '';
  for (let index = 0; refused === ''; index += 1) refused = (await tpm.tryTool('createprimary', '-C', 'o', '-c', `object-${index}`)).stderr;
  assert.match(refused, /0x0*902/);
  assert.equal(await startSessions(tpm), 0x903);
}

test('what another program left in the TPM is flushed and logged, and provisioning goes through', async (bench) => {
  const device = await bench.enrolledDevice();
  await leaveThingsBehind(device.tpm);
  const { stderr } = await device.expect(0, 'provision');
  assert.match(stderr, /warning flushed what a killed process left in the TPM kind="transient object" handle=0x80000000/);
  assert.match(stderr, /warning flushed what a killed process left in the TPM kind="?session"? handle=/);
  assert.match(stderr, /warning flushed what a killed process left in the TPM kind="saved session" handle=/);
  assert.deepEqual(await device.tpm.loaded(), NOTHING_LOADED);
  const { device: deviceId } = await device.json('slot', 'show', '0');
  await assertLetIn(device, 2, { deviceId, moduleId: 'AppB' });
});

// By the name of its file a TCTI is one that we do not know, and is treated as one with a resource manager: what is
// there may be in use.
test('behind a resource manager nothing of others is flushed', async (bench) => {
  const device = await bench.enrolledDevice();
  await device.configure({ tpm: { tcti: `libtss2-tcti-swtpm.so.0:path=${device.tpm.socket}` } });
  await device.tpm.tool('startauthsession', '-S', 'session');
  const before = await device.tpm.loaded();
  assert.equal(before.loadedSessions.length + before.savedSessions.length, 1);
  const { stderr } = await device.expect(0, 'provision');
  assert.doesNotMatch(stderr, /flushed/);
  assert.deepEqual(await device.tpm.loaded(), before);
});
