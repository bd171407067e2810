// SPDX-License-Identifier: Apache-2.0
// What goes wrong with each way to attest, by its exit code, and that the device comes back from it.
import assert from 'node:assert/strict';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ATTESTATIONS, blankAttestingDevice, enrolledAttestingDevice, isCertificate, secretOf } from './harness/attestations.mjs';
import { CertificateFactory, keyFile, newKey } from './harness/credentials.mjs';
import { assertAllLetIn, assertLetIn } from './harness/slots.mjs';
import { test } from './harness/test.mjs';

const OTHERS = ATTESTATIONS.filter((kind) => kind !== 'tpm');
const MODULES = { 1: 'dmModule', 2: 'AppB' };
const store = (kind) => (kind.endsWith('group') ? 'file' : 'tpm');

const blank = (bench, kind, changes) => blankAttestingDevice(bench, kind, { identityStore: store(kind), ...changes });
const enrolled = (bench, kind, changes) => enrolledAttestingDevice(bench, kind, { identityStore: store(kind), ...changes });

/// The module in slot 2, as the hub keeps it.
const module = async (device) => (await device.emulator.hubService(device.emulator.hub, 'GET', `/devices/${device.id}/modules/AppB`)).body;

/// Puts another certificate and key, or another key, into the device's files.
async function replaceCredential(device) {
  const { attestation } = device.configuration;
  if (attestation.type === 'symmetricKey') return keyFile(attestation.keyFile, newKey());
  const other = await new CertificateFactory(join(device.folder, 'other')).selfSigned(device.id);
  await rename(other.certificate, attestation.certificate);
  return rename(other.privateKey, attestation.privateKey);
}

for (const kind of OTHERS) {
  test(`${kind}: 3 for a secret file that others can read`, async (bench) => {
    const device = await blank(bench, kind);
    await chmod(device.configuration.attestation[secretOf(kind)], 0o640);
    const { stderr } = await device.expect(3, 'provision');
    assert.match(stderr, new RegExp(`attestation\\.${secretOf(kind)}: .*which others can read`));
  });

  test(`${kind}: 5 while not enrolled, and while disabled`, async (bench) => {
    const device = await blank(bench, kind);
    await device.expect(5, 'provision');
    await device.enrollAs({ provisioningStatus: 'disabled' });
    assert.match((await device.expect(5, 'provision')).stderr, /disabled/);
    assert.deepEqual((await device.json('slot', 'list')).slots.map(({ state }) => state), ['empty', 'empty', 'empty']);
  });

  test(`${kind}: 5 with a credential that is not the enrollment's, and nothing that works is lost`, async (bench) => {
    const device = await enrolled(bench, kind);
    await device.expect(0, 'provision');
    await replaceCredential(device);
    await device.expect(5, 'reprovision');
    await assertLetIn(device, 1, { deviceId: device.id, moduleId: 'dmModule' });
    await assertLetIn(device, 2, { deviceId: device.id, moduleId: 'AppB' });
  });

  test(`${kind}: 6 while DPS does not answer, and done when it does`, async (bench) => {
    const device = await enrolled(bench, kind);
    await device.emulator.stop();
    await device.expect(6, 'provision', '--timeout', '1');
    await device.emulator.start();
    device.pointTo(device.emulator);
    await device.configure();
    await device.expect(0, 'provision');
    await assertLetIn(device, 0, { deviceId: device.id });
  });

  test(`${kind}: a device that was deleted in the hub registers again`, async (bench) => {
    const device = await enrolled(bench, kind);
    await device.expect(0, 'provision');
    const deleted = await device.emulator.hubService(device.emulator.hub, 'DELETE', `/devices/${device.id}`, { headers: { 'If-Match': '*' } });
    assert.equal(deleted.status, 204);
    await device.expect(0, 'provision', '--verify');
    await assertLetIn(device, 0, { deviceId: device.id });
    await assertLetIn(device, 2, { deviceId: device.id, moduleId: 'AppB' });
  });

  test(`${kind}: a device that its hub no longer knows by its credential registers again, and keeps its modules`, async (bench) => {
    const device = await enrolled(bench, kind);
    await device.expect(0, 'provision');
    const path = `/hubs/${device.emulator.hub}/devices/${device.id}`;
    if (isCertificate(kind)) await device.emulator.control('POST', `${path}/authentication`, { type: 'certificateAuthority' });
    else await device.emulator.control('POST', `${path}/regenerateKeys`);
    const { generationId } = await module(device);
    await device.expect(0, 'provision', '--verify');
    await assertAllLetIn(device, MODULES);
    assert.equal((await module(device)).generationId, generationId);
  });

  test(`${kind}: an enrollment that moves to another hub takes the device with it`, async (bench) => {
    const device = await enrolled(bench, kind);
    await device.expect(0, 'provision');
    const [first, second] = device.emulator.info.hubs;
    await assertAllLetIn(device, MODULES, first);
    await device.enrollAs({ iotHubs: [second] });
    await device.expect(0, 'reprovision');
    await assertAllLetIn(device, MODULES, second);
    assert.equal((await device.emulator.hubService(first, 'GET', `/devices/${device.id}`)).status, 404);
  });

  test(`${kind}: decommission leaves nothing behind`, async (bench) => {
    const device = await enrolled(bench, kind);
    await device.expect(0, 'provision');
    await device.expect(0, 'decommission', '--yes');
    assert.equal(await device.stateFiles(), undefined);
    assert.deepEqual((await device.json('slot', 'list')).slots.map(({ state }) => state), ['empty', 'empty', 'empty']);
  });
}

test('a registration id that is not the common name of the certificate is a configuration error', async (bench) => {
  const device = await blank(bench, 'x509 individual', { registrationId: 'another' });
  for (const command of ['enrollment-info', 'provision']) {
    assert.match((await device.expect(3, command)).stderr, /'another' is not the common name of the certificate in .* \('press-4'\)/);
  }
});

test('a key of another certificate, and one with a passphrase, are configuration errors', async (bench) => {
  const device = await blank(bench, 'x509 individual');
  const factory = new CertificateFactory(join(device.folder, 'other'));
  const { privateKey } = await factory.selfSigned('other');
  const { attestation } = device.configuration;
  await device.configure({ attestation: { ...attestation, privateKey } });
  assert.match((await device.expect(3, 'provision')).stderr, /is not the key of the first certificate/);
  await writeFile(privateKey, '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n');
  await device.expect(3, 'provision');
});

test('a state directory that others may enter is refused by the file store', async (bench) => {
  const device = await enrolled(bench, 'symmetricKey group');
  await device.expect(0, 'provision');
  await chmod(device.stateDirectory, 0o755);
  assert.match((await device.expect(3, 'slot', 'token', '2')).stderr, /others may reach it: run chmod 700/);
});

test('a renewed certificate is registered, and the device keeps its name and its modules', async (bench) => {
  const device = await enrolled(bench, 'x509 individual');
  await device.expect(0, 'provision');
  await replaceCredential(device);
  await device.enrollAs();
  await device.expect(0, 'provision', '--verify');
  await assertLetIn(device, 0, { deviceId: device.id });
  await assertLetIn(device, 2, { deviceId: device.id, moduleId: 'AppB' });
});

test('another store is filled by a new registration', async (bench) => {
  const device = await enrolledAttestingDevice(bench, 'symmetricKey individual');
  await device.expect(0, 'provision');
  await device.configure({ identityStore: 'file' });
  await device.expect(0, 'provision');
  const { slots } = await device.json('slot', 'list');
  assert.deepEqual(slots.map(({ state, key }) => `${state} ${key}`), ['filled file', 'filled file', 'filled file']);
  await assertLetIn(device, 0, { deviceId: device.id });
});

for (const kind of OTHERS) {
  test(`${kind}: no key is in what the agent prints`, async (bench) => {
    const device = await enrolled(bench, kind);
    const outputs = [];
    for (const command of [['enrollment-info', '--format', 'json'], ['provision', '--verbose'], ['slot', 'list', '--json'], ['config', 'show']]) {
      const { stdout, stderr } = await device.expect(0, ...command);
      outputs.push(stdout, stderr);
    }
    const secret = (await readFile(device.configuration.attestation[secretOf(kind)], 'utf8')).trim();
    const telling = isCertificate(kind) ? secret.split('\n')[1] : secret;
    for (const text of outputs) assert.ok(!text.includes(telling));
  });
}
