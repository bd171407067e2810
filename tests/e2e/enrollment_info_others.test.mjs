// SPDX-License-Identifier: Apache-2.0
// What enrollment-info prints for devices that do not attest by a TPM, and where their registration ids come from.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { blankAttestingDevice } from './harness/attestations.mjs';
import { test } from './harness/test.mjs';

const info = async (device, format) => (await device.expect(0, 'enrollment-info', '--format', format)).stdout;

test('a certificate is printed as an individual enrollment, without the chain and without the key', async (bench) => {
  const device = await blankAttestingDevice(bench, 'x509 group', { identityStore: 'file' });
  const [{ registrationId, attestation }] = JSON.parse(await info(device, 'json'));
  const leaf = new X509Certificate(await readFile(device.configuration.attestation.certificate));
  assert.equal(registrationId, device.id);
  assert.equal(attestation.type, 'x509');
  const { certificate } = attestation.x509.clientCertificates.primary;
  assert.equal(new X509Certificate(certificate).fingerprint256, leaf.fingerprint256);
  assert.equal(certificate.match(/BEGIN/g).length, 1);

  const text = await info(device, 'txt');
  for (const value of [device.id, 'CN=line-7', leaf.fingerprint.replaceAll(':', ''), leaf.fingerprint256.replaceAll(':', '')]) {
    assert.ok(text.includes(value), `${value} is not in:\n${text}`);
  }
  assert.equal(await info(device, 'csv'), `registrationId,attestation,endorsementKey\n${device.id},x509,\n`);
  assert.match(await info(device, 'qr'), /registration id press-4\n$/);
  assert.equal(await device.stateFiles(), undefined, 'a question writes nothing');
});

test('a symmetric key is never printed', async (bench) => {
  const device = await blankAttestingDevice(bench, 'symmetricKey group', { identityStore: 'file' });
  assert.deepEqual(JSON.parse(await info(device, 'json')), [{ registrationId: device.id, attestation: { type: 'symmetricKey' } }]);
  assert.equal(await info(device, 'txt'), `Registration id:  ${device.id}\nAttestation:      symmetricKey\n`);
  assert.equal(await info(device, 'csv'), `registrationId,attestation,endorsementKey\n${device.id},symmetricKey,\n`);
  const { stderr } = await device.expect(0, 'config', 'validate');
  assert.match(stderr, /attestation\.group: puts the enrollment group's key on this device/);
});

test('a registration id is made of what tells this machine from others', async (bench) => {
  const device = await blankAttestingDevice(bench, 'symmetricKey individual', { identityStore: 'file' });
  await device.configure({ registrationId: 'press-${machine-id}' });
  const machine = (await readFile('/etc/machine-id', 'utf8').catch(() => '')).trim();
  if (machine === '') {
    assert.match((await device.expect(3, 'enrollment-info')).stderr, /\$\{machine-id\}/);
  } else {
    assert.equal(JSON.parse(await info(device, 'json'))[0].registrationId, `press-${machine}`);
  }
  await device.configure({ registrationId: '${mac:none0}' });
  assert.match((await device.expect(3, 'enrollment-info')).stderr, /\$\{mac:none0\} has no value on this machine/);
});
