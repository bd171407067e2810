// SPDX-License-Identifier: Apache-2.0
// DPS and the hub throttled, broken, cut off and mad, for each way to attest other than by TPM (that one has tests of
// its own: faults.test.mjs and wrong_answers.test.mjs).
import assert from 'node:assert/strict';
import { ATTESTATIONS, enrolledAttestingDevice } from './harness/attestations.mjs';
import { assertAllLetIn } from './harness/slots.mjs';
import { test } from './harness/test.mjs';

const MODULES = { 1: 'dmModule', 2: 'AppB' };
const OPERATIONS = [['dps', 'register'], ['dps', 'poll'], ['hub', 'listModules'], ['hub', 'putModule']];
const PASSING = [{ kind: 'throttled', retryAfter: 2 }, { kind: 'error', status: 503 }, { kind: 'cut' }];

// The files with a certificate, the TPM with a key.
const store = (kind) => (kind.startsWith('x509') ? 'file' : 'tpm');

async function ready(bench, kind) {
  const device = await enrolledAttestingDevice(bench, kind, { identityStore: store(kind) });
  await device.emulator.control('PUT', '/settings', { retryAfter: 0 });
  return device;
}

const delays = (stderr) => [...stderr.matchAll(/trying again in ([\d.]+) s/g)].map(([, delay]) => Number(delay));

ATTESTATIONS.filter((kind) => kind !== 'tpm').forEach((kind, index) => {
  test(`${kind}: a 429 with Retry-After, a 503 and a cut answer are outlasted`, async (bench) => {
    const device = await ready(bench, kind);
    const { emulator } = device;
    // Another fault for each operation, and others with each kind.
    const faults = OPERATIONS.map((_, operation) => PASSING[(operation + index) % PASSING.length]);
    for (const [operation, [service, name]] of OPERATIONS.entries()) {
      await emulator.setFault({ ...faults[operation], service, operation: name, count: 1 });
    }
    const { stderr } = await device.expect(0, 'provision');
    const waited = delays(stderr);
    assert.equal(waited.length, faults.length, stderr);
    faults.forEach(({ retryAfter }, i) => assert.ok(retryAfter ? waited[i] === retryAfter : waited[i] <= 1, stderr));
    for (const { operation, hits } of (await emulator.control('GET', '/faults')).faults) assert.equal(hits, 1, operation);
    await assertAllLetIn(device, MODULES);
  });

  test(`${kind}: an answer that cannot be understood ends with exit code 6, and nothing that works is lost`, async (bench) => {
    const device = await ready(bench, kind);
    await device.expect(0, 'provision');
    for (const [service, operation] of [['dps', 'register'], ['dps', 'poll'], ['hub', 'listModules']]) {
      await device.emulator.setFault({ kind: 'garbage', service, operation });
      const { stderr } = await device.expect(6, 'reprovision');
      assert.match(stderr, /the answer of (DPS|the hub) cannot be understood/);
      await device.emulator.clearFaults();
      await assertAllLetIn(device, MODULES);
    }
    await device.expect(0, 'reprovision');
    await assertAllLetIn(device, MODULES);
  });

  test(`${kind}: a huge, a late, a halting and a failing answer each have their exit code, and nothing that works is lost`, async (bench) => {
    const device = await ready(bench, kind);
    await device.expect(0, 'provision');
    const faults = [
      [{ kind: 'huge', service: 'dps', operation: 'register', size: 8 * 1024 * 1024 }, 6, /is larger than any that is expected/],
      [{ kind: 'slow', service: 'dps', delay: 3600 }, 6, /cannot talk to .*(timed out|timeout)/i],
      [{ kind: 'stalled', service: 'hub', delay: 3600 }, 6, /cannot talk to .*(timed out|timeout)/i],
      [{ kind: 'allocationFailed', service: 'dps', operation: 'poll', errorCode: 400208 }, 5, /400208: .*check the enrollment's hubs and allocation policy/],
    ];
    for (const [fault, code, message] of faults) {
      await device.emulator.setFault(fault);
      const { stderr } = await device.expect(code, 'reprovision', '--timeout', '3');
      assert.match(stderr, message);
      await device.emulator.clearFaults();
      await assertAllLetIn(device, MODULES);
    }
  });
});
