// SPDX-License-Identifier: Apache-2.0
// Every way to attest, with every store, with the agent on a module twin and on the device twin: from blank to every
// connection string let in by the hub.
import assert from 'node:assert/strict';
import { ATTESTATIONS, blankAttestingDevice, enrolledAttestingDevice, isCertificate } from './harness/attestations.mjs';
import { parseConnectionString } from './harness/sas.mjs';
import { assertLetIn } from './harness/slots.mjs';
import { NOTHING_LOADED } from './harness/software_tpm.mjs';
import { test } from './harness/test.mjs';

const TWINS = {
  'a module twin': { dmModuleSlotNumber: 1, modules: { 1: 'dmModule', 2: 'AppB' } },
  'the device twin': { dmModuleSlotNumber: 0, modules: { 2: 'AppB' } },
};

const keyPlaceOf = (kind, store, slot) => (slot === 0 && isCertificate(kind) ? 'certificate' : store);

async function assertProvisioned(device, kind, store, modules) {
  const { device: deviceId } = await device.json('slot', 'show', '0');
  const identities = { 0: null, ...modules };
  const { slots } = await device.json('slot', 'list');
  assert.deepEqual(slots.map(({ slot, state, module, key }) => ({ slot, state, module, key })),
    Object.entries(identities).map(([slot, module]) => ({ slot: Number(slot), state: 'filled', module, key: keyPlaceOf(kind, store, Number(slot)) })));
  for (const [slot, moduleId] of Object.entries(identities)) await assertLetIn(device, Number(slot), { deviceId, moduleId });
  if (device.tpm) assert.deepEqual(await device.tpm.loaded(), NOTHING_LOADED);
}

for (const kind of ATTESTATIONS) {
  for (const store of ['tpm', 'file']) {
    for (const [twin, { dmModuleSlotNumber, modules }] of Object.entries(TWINS)) {
      const configuration = { identityStore: store, dmModuleSlotNumber };
      if (kind === 'tpm' && store === 'file') {
        test(`${kind}, ${store} store, agent on ${twin}: a configuration error`, async (bench) => {
          const device = await blankAttestingDevice(bench, kind, configuration);
          for (const command of ['provision', 'enrollment-info', 'status']) {
            const { stderr } = await device.expect(3, command);
            assert.match(stderr, /identityStore: is "file", but attestation by the TPM needs the store in the TPM/);
          }
        });
        continue;
      }
      test(`${kind}, ${store} store, agent on ${twin}: from blank to every identity let in`, async (bench) => {
        const device = await enrolledAttestingDevice(bench, kind, configuration);
        await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
        const result = await device.json('provision');
        assert.equal(result.provisioned, true);
        await assertProvisioned(device, kind, store, modules);

        // What is in place is left alone, and the hub agrees with it.
        await device.emulator.forgetRequests();
        assert.deepEqual((await device.json('provision')).plan, []);
        assert.deepEqual(await device.emulator.requests(), []);
        assert.deepEqual((await device.json('provision', '--verify')).plan, []);

        if (isCertificate(kind)) {
          const connectionString = await device.connectionString(0);
          assert.deepEqual(Object.keys(parseConnectionString(connectionString)), ['HostName', 'DeviceId', 'x509']);
          const refused = await device.expect(1, 'slot', 'token', '0', '--json');
          assert.equal(JSON.parse(refused.stdout).error.code, 'certificate_identity');
        }
      });
    }
  }
}
