// SPDX-License-Identifier: Apache-2.0
// azure-iot-provisioning-service: enrollments, groups and registrations, as a back end manages them.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from '../e2e/harness/test.mjs';
import { selfSigned } from '../e2e/harness/certificates.mjs';
import { called, sdk } from './sdk.mjs';
import { enrollmentsOf, pages } from './service.mjs';

const bySymmetricKey = (registrationId, more = {}) => ({ registrationId, attestation: { type: 'symmetricKey' }, ...more });
const fleet = (enrollmentGroupId, more = {}) => ({ enrollmentGroupId, attestation: { type: 'symmetricKey' }, ...more });
const statusIs = (status) => (error) => {
  assert.equal(error.response?.statusCode, status, error.message);
  return true;
};

/// The key of a device of a group.
const derivedKey = (groupKey, registrationId) =>
  createHmac('sha256', Buffer.from(groupKey, 'base64')).update(registrationId).digest('base64');

/// Registers by symmetric key with the SDK of devices.
async function register(emulator, registrationId, key) {
  const { Http } = sdk('azure-iot-provisioning-device-http');
  const { ProvisioningDeviceClient } = sdk('azure-iot-provisioning-device');
  const { SymmetricKeySecurityClient } = sdk('azure-iot-security-symmetric-key');
  const client = ProvisioningDeviceClient.create('localhost', emulator.info.idScope, new Http(), new SymmetricKeySecurityClient(registrationId, key));
  return called((done) => client.register(done));
}

/// The calls that an individual enrollment and a group have in common.
const INDIVIDUAL = {
  make: (id, more) => bySymmetricKey(id, more),
  put: (service, enrollment) => service.createOrUpdateIndividualEnrollment(enrollment),
  get: (service, id) => service.getIndividualEnrollment(id),
  remove: (service, ...what) => service.deleteIndividualEnrollment(...what),
};
const GROUP = {
  make: (id, more) => fleet(id, more),
  put: (service, group) => service.createOrUpdateEnrollmentGroup(group),
  get: (service, id) => service.getEnrollmentGroup(id),
  remove: (service, ...what) => service.deleteEnrollmentGroup(...what),
};

async function isKeptUnderEtags(bench, kind) {
  const service = enrollmentsOf(await bench.startEmulator());
  const { responseBody: first } = await kind.put(service, kind.make('line-4', { provisioningStatus: 'enabled' }));
  const { responseBody: second } = await kind.put(service, { ...first, provisioningStatus: 'disabled' });
  assert.notEqual(second.etag, first.etag);
  await assert.rejects(kind.put(service, first), { name: 'InvalidEtagError' });
  await assert.rejects(kind.remove(service, first), { name: 'InvalidEtagError' });
  await assert.rejects(kind.remove(service, 'line-4', first.etag), { name: 'InvalidEtagError' });
  const { responseBody: present } = await kind.get(service, 'line-4');
  assert.equal(present.provisioningStatus, 'disabled');
  await kind.remove(service, 'line-4', present.etag);
  await assert.rejects(kind.get(service, 'line-4'), statusIs(404));
  await kind.put(service, kind.make('line-5'));
  await kind.remove(service, 'line-5');
  await assert.rejects(kind.remove(service, 'line-5'), statusIs(404));
}

test('azure-iot-provisioning-service keeps individual enrollments under etags', (bench) => isKeptUnderEtags(bench, INDIVIDUAL));
test('azure-iot-provisioning-service keeps enrollment groups under etags', (bench) => isKeptUnderEtags(bench, GROUP));

test('azure-iot-provisioning-service enrolls with all that an enrollment may say', async (bench) => {
  const emulator = await bench.startEmulator();
  const service = enrollmentsOf(emulator);
  const { cert } = await selfSigned(bench.folder);
  const wanted = {
    registrationId: 'press-7', deviceId: 'hall-2-press-7', allocationPolicy: 'static', iotHubs: [emulator.hub],
    attestation: { type: 'x509', x509: { clientCertificates: { primary: { certificate: cert.toString() } } } },
    initialTwin: { tags: { site: 'Kiel' }, properties: { desired: { interval: 5 } } },
    reprovisionPolicy: { updateHubAssignment: true, migrateDeviceData: false },
    capabilities: { iotEdge: true },
  };
  await service.createOrUpdateIndividualEnrollment(wanted);
  const { responseBody: found } = await service.getIndividualEnrollment('press-7');
  for (const name of ['registrationId', 'deviceId', 'allocationPolicy', 'iotHubs', 'reprovisionPolicy', 'capabilities']) {
    assert.deepEqual(found[name], wanted[name], name);
  }
  assert.equal(found.initialTwin.tags.site, 'Kiel');
  assert.equal(found.initialTwin.properties.desired.interval, 5);
  const { info } = found.attestation.x509.clientCertificates.primary;
  assert.match(info.subjectName, /CN=localhost/);
  assert.match(info.sha256Thumbprint, /^[0-9A-F]{64}$/i);
});

test('azure-iot-provisioning-service reads keys and certificates by the attestation mechanism alone', async (bench) => {
  const service = enrollmentsOf(await bench.startEmulator());
  const primaryKey = Buffer.alloc(32, 1).toString('base64');
  const secondaryKey = Buffer.alloc(32, 2).toString('base64');
  const attestation = { type: 'symmetricKey', symmetricKey: { primaryKey, secondaryKey } };
  await service.createOrUpdateIndividualEnrollment(bySymmetricKey('press-7', { attestation }));
  await service.createOrUpdateEnrollmentGroup(fleet('presses', { attestation }));
  for (const { responseBody } of [await service.getIndividualEnrollment('press-7'), await service.getEnrollmentGroup('presses')]) {
    assert.ok(!JSON.stringify(responseBody).includes(primaryKey), 'the enrollment itself shows no key');
  }
  const mechanisms = [await service.getIndividualEnrollmentAttestationMechanism('press-7'), await service.getEnrollmentGroupAttestationMechanism('presses')];
  for (const { responseBody } of mechanisms) {
    assert.equal(responseBody.type, 'symmetricKey');
    assert.deepEqual({ ...responseBody.symmetricKey }, { primaryKey, secondaryKey });
  }
});

test('azure-iot-provisioning-service creates, updates and deletes enrollments in bulk', async (bench) => {
  const service = enrollmentsOf(await bench.startEmulator());
  // This method has a promise, but never resolves it.
  const run = (mode, enrollments) => called((done) => service.runBulkEnrollmentOperation({ mode, enrollments }, done));
  const both = [bySymmetricKey('a'), bySymmetricKey('b')];
  assert.equal((await run('create', both)).isSuccessful, true);

  const again = await run('create', [bySymmetricKey('a'), bySymmetricKey('c')]);
  assert.equal(again.isSuccessful, false);
  assert.deepEqual(again.errors.map(({ registrationId }) => registrationId), ['a']);
  assert.equal((await service.getIndividualEnrollment('c')).responseBody.registrationId, 'c');

  assert.equal((await run('update', both.map((one) => ({ ...one, provisioningStatus: 'disabled' })))).isSuccessful, true);
  const { responseBody: present } = await service.getIndividualEnrollment('a');
  assert.equal(present.provisioningStatus, 'disabled');
  assert.equal((await run('updateIfMatchEtag', [{ ...present, provisioningStatus: 'enabled' }])).isSuccessful, true);
  assert.equal((await run('updateIfMatchEtag', [present])).isSuccessful, false);

  assert.equal((await run('delete', both)).isSuccessful, true);
  await assert.rejects(service.getIndividualEnrollment('a'), statusIs(404));
});

test('azure-iot-provisioning-service queries enrollments and groups in pages', async (bench) => {
  const service = enrollmentsOf(await bench.startEmulator());
  const ids = Array.from({ length: 7 }, (_, number) => `press-${number}`);
  for (const id of ids) {
    await service.createOrUpdateIndividualEnrollment(bySymmetricKey(id));
    await service.createOrUpdateEnrollmentGroup(fleet(id));
  }
  const enrollments = await pages(service.createIndividualEnrollmentQuery({ query: 'SELECT * FROM enrollments' }, 3));
  assert.deepEqual(enrollments.map((page) => page.length), [3, 3, 1]);
  assert.deepEqual(enrollments.flat().map(({ registrationId }) => registrationId).sort(), ids);
  const groups = await pages(service.createEnrollmentGroupQuery({ query: 'SELECT * FROM enrollmentGroups' }, 3));
  assert.deepEqual(groups.map((page) => page.length), [3, 3, 1]);
  assert.deepEqual(groups.flat().map(({ enrollmentGroupId }) => enrollmentGroupId).sort(), ids);
});

test('azure-iot-provisioning-service reads, queries and deletes registrations', async (bench) => {
  const emulator = await bench.startEmulator();
  const service = enrollmentsOf(emulator);
  await service.createOrUpdateEnrollmentGroup(fleet('presses'));
  const { responseBody: mechanism } = await service.getEnrollmentGroupAttestationMechanism('presses');
  for (const id of ['press-1', 'press-2', 'press-3']) {
    const result = await register(emulator, id, derivedKey(mechanism.symmetricKey.primaryKey, id));
    assert.equal(result.assignedHub, emulator.hub);
  }
  const { responseBody: state } = await service.getDeviceRegistrationState('press-2');
  assert.equal(state.status, 'assigned');
  assert.equal(state.assignedHub, emulator.hub);
  assert.equal(state.deviceId, 'press-2');

  const query = service.createEnrollmentGroupDeviceRegistrationStateQuery({ query: '*' }, 'presses', 2);
  const found = await pages(query);
  assert.deepEqual(found.map((page) => page.length), [2, 1]);
  assert.deepEqual(found.flat().map(({ registrationId }) => registrationId).sort(), ['press-1', 'press-2', 'press-3']);

  await assert.rejects(service.deleteDeviceRegistrationState('press-2', '"wrong"'), { name: 'InvalidEtagError' });
  await service.deleteDeviceRegistrationState(state);
  await assert.rejects(service.getDeviceRegistrationState('press-2'), statusIs(404));
});

test('azure-iot-provisioning-service is told what is wrong with an enrollment', async (bench) => {
  const service = enrollmentsOf(await bench.startEmulator());
  const wrong = bySymmetricKey('press-7', { attestation: { type: 'x509', x509: { clientCertificates: { primary: { certificate: 'none' } } } } });
  await assert.rejects(service.createOrUpdateIndividualEnrollment(wrong), { name: 'ArgumentError' });
});
