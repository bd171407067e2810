// SPDX-License-Identifier: Apache-2.0
// A certificate whose private key is in the TPM, made as docs/configuration.md says: the slots are files, so that a TPM
// without a resource manager serves the key alone.
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { output } from './harness/process.mjs';
import { assertLetIn } from './harness/slots.mjs';
import { NOTHING_LOADED } from './harness/software_tpm.mjs';
import { test } from './harness/test.mjs';

const DEVICE_ID = 'press-4';

async function makeTpmKey(device, tpm) {
  const folder = join(device.folder, 'credentials');
  await mkdir(folder);
  const [certificate, privateKey] = [join(folder, 'device.pem'), join(folder, 'device.key')];
  const openssl = (...args) => output('openssl', args, { env: { TPM2OPENSSL_TCTI: tpm.tcti } });
  await openssl('genpkey', '-provider', 'tpm2', '-algorithm', 'EC', '-pkeyopt', 'group:P-256', '-out', privateKey);
  await openssl('req', '-x509', '-provider', 'tpm2', '-provider', 'default', '-propquery', '?provider=tpm2',
    '-key', privateKey, '-subj', `/CN=${DEVICE_ID}`, '-days', '10', '-out', certificate);
  await chmod(privateKey, 0o600);
  return { type: 'x509', certificate, privateKey };
}

async function deviceWithTpmKey(bench) {
  const device = await bench.blankDevice({ identityStore: 'file' });
  const tpm = await bench.startTpm();
  await device.configure({ attestation: await makeTpmKey(device, tpm), tpm: { tcti: tpm.tcti } });
  await device.enroll();
  return { device, tpm };
}

test('a device whose private key is in the TPM registers, and its modules are let in', async (bench) => {
  const { device, tpm } = await deviceWithTpmKey(bench);
  assert.match(await readFile(device.configuration.attestation.privateKey, 'utf8'), /TSS2 PRIVATE KEY/);
  await device.expect(0, 'provision');
  await assertLetIn(device, 1, { deviceId: DEVICE_ID, moduleId: 'dmModule' });
  await assertLetIn(device, 2, { deviceId: DEVICE_ID, moduleId: 'AppB' });
  await device.expect(0, 'provision', '--verify');
  assert.deepEqual(await tpm.loaded(), NOTHING_LOADED);
});

test('a key of another TPM is named, and so is a TPM that would have to serve key and slots at once', async (bench) => {
  const { device } = await deviceWithTpmKey(bench);
  const other = await bench.startTpm('other-tpm');
  await device.configure({ tpm: { tcti: other.tcti } });
  assert.match((await device.expect(7, 'provision')).stderr, /was made by another TPM/);
  await device.configure({ identityStore: 'tpm' });
  assert.match((await device.expect(3, 'provision')).stderr, /whose resource manager serves both/);
});
