// SPDX-License-Identifier: Apache-2.0
// What a factory line scans: the registration id and the endorsement key of a TPM. A question never writes.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EK } from './harness/slots.mjs';
import { output } from './harness/process.mjs';
import { test } from './harness/test.mjs';

// The policy of the TCG's EK template: PolicySecret(endorsement).
const EK_POLICY = Buffer.from('837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa', 'hex');

/// The registration id by its definition, with nothing but tpm2-tools and coreutils: base32 of SHA-256 over the
/// TPM2B_PUBLIC of the endorsement key, lower case, without padding.
async function independentId(tpm) {
  await tpm.standardEndorsementKeyName();  // leaves ek.pub
  return idOfPublicArea(tpm, 'ek.pub');
}

async function idOfPublicArea(tpm, file) {
  const script = 'sha256sum "$1" | cut -d" " -f1 | tr a-f A-F | basenc --base16 --decode | base32 -w0 | tr -d = | tr A-Z a-z';
  return output('bash', ['-euo', 'pipefail', '-c', script, 'id', join(tpm.folder, file)]);
}

test('the registration id of a blank TPM equals one made with tpm2-tools and coreutils', async (bench) => {
  const device = await bench.blankDevice();
  const [{ registrationId }] = JSON.parse(await device.enrollmentInfo());
  assert.equal(registrationId, await independentId(device.tpm));
  assert.match(registrationId, /^[a-z2-7]{52}$/);
});

test('asking a blank TPM changes neither the TPM nor the disk', async (bench) => {
  const device = await bench.blankDevice();
  const before = await device.tpm.snapshot();
  for (const format of ['txt', 'json', 'csv', 'qr']) await device.expect(0, 'enrollment-info', '--format', format);
  assert.deepEqual(await device.tpm.snapshot(), before);
  assert.deepEqual(Object.keys(before.persistent), []);
  assert.deepEqual(Object.keys((await device.stateFiles()) ?? {}), []);
  assert.deepEqual(await device.emulator.requests(), []);
});

test('the answer is the same before and after provisioning', async (bench) => {
  const device = await bench.blankDevice();
  const before = await device.enrollmentInfo();
  await device.emulator.enroll(before);
  await device.expect(0, 'provision');
  assert.equal(await device.enrollmentInfo(), before);
});

test('an endorsement key that is already there is used, whatever its template', async (bench) => {
  const device = await bench.blankDevice();
  const { tpm } = device;
  // As some SDKs leave it: the same template with an empty unique field gives another key.
  await writeFile(join(tpm.folder, 'policy'), EK_POLICY);
  await tpm.tool('createprimary', '-C', 'e', '-G', 'rsa2048:aes128cfb', '-g', 'sha256', '-c', 'ek.ctx', '-L', 'policy',
    '-a', 'fixedtpm|fixedparent|sensitivedataorigin|adminwithpolicy|restricted|decrypt');
  await tpm.tool('evictcontrol', '-C', 'o', '-c', 'ek.ctx', '0x81010001');
  await tpm.tool('flushcontext', '-t');

  const [{ registrationId }] = JSON.parse(await device.enrollmentInfo());
  await writeFile(join(tpm.folder, 'there.pub'), await tpm.publicArea(EK));
  assert.equal(registrationId, await idOfPublicArea(tpm, 'there.pub'));
  assert.notEqual(registrationId, await independentId(tpm));

  await device.enroll();
  const name = await tpm.objectName(EK);
  await device.expect(0, 'provision');
  assert.equal(await tpm.objectName(EK), name);
});

test('an endorsement key of another kind is refused with its kind', async (bench) => {
  const device = await bench.blankDevice();
  await device.tpm.tool('createek', '-c', '0x81010001', '-G', 'ecc', '-u', 'ek.pub');
  const { stderr } = await device.expect(7, 'enrollment-info');
  assert.match(stderr, /0x81010001/);
  assert.match(stderr, /ECC/i);
});

test('json is an array that service SDKs take', async (bench) => {
  const device = await bench.blankDevice();
  const [entry, ...others] = JSON.parse(await device.enrollmentInfo());
  assert.deepEqual(others, []);
  assert.equal(entry.attestation.type, 'tpm');
  const endorsementKey = Buffer.from(entry.attestation.tpm.endorsementKey, 'base64');
  assert.equal(endorsementKey.readUInt16BE(0), endorsementKey.length - 2, 'a TPM2B_PUBLIC with its size');
  assert.equal(endorsementKey.length, 316);
});

test('csv, text and QR code say the same', async (bench) => {
  const device = await bench.blankDevice();
  const [{ registrationId, attestation }] = JSON.parse(await device.enrollmentInfo());
  const { endorsementKey } = attestation.tpm;

  const csv = (await device.expect(0, 'enrollment-info', '--format', 'csv')).stdout;
  assert.equal(csv, `registrationId,attestation,endorsementKey\n${registrationId},tpm,${endorsementKey}\n`);

  const text = (await device.expect(0, 'enrollment-info')).stdout;
  assert.equal(text, (await device.expect(0, 'enrollment-info', '--format', 'txt')).stdout);
  for (const part of [registrationId, endorsementKey]) assert.ok(text.includes(part), text);

  const code = (await device.expect(0, 'enrollment-info', '--format', 'qr')).stdout;
  const rows = code.split('\n').filter((row) => /[█▀▄]/.test(row));
  assert.ok(rows.length > 20, code);
});

test('a configured registration id is used as it is', async (bench) => {
  const device = await bench.blankDevice({ registrationId: 'truck-7' });
  const [{ registrationId }] = JSON.parse(await device.enrollmentInfo());
  assert.equal(registrationId, 'truck-7');
  await device.enroll();
  const { slots } = await device.json('provision');
  assert.equal(slots[0].device, 'truck-7');
});
