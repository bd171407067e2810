// SPDX-License-Identifier: Apache-2.0
// Every way in which a device attests: what is put on it, what its configuration says of it, and how it is enrolled.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CertificateFactory, keyFile, newKey } from './credentials.mjs';

async function putToDps(device, path, body) {
  const answer = await device.emulator.dpsService('PUT', path, { body });
  assert.equal(answer.status, 200, `PUT ${path}: ${JSON.stringify(answer.body)}`);
}

const groupBody = (id, attestation, changes) => ({ enrollmentGroupId: id, attestation, provisioningStatus: 'enabled', ...changes });

/// Each kind: prepare(device) puts its files beside the device and resolves to { configuration, enroll(changes) };
/// `changes` are keys of the enrollment. `secret` names the configuration's key for the file that must be closed.
const KINDS = {
  tpm: {
    async prepare(device) {
      return {
        configuration: {},
        async enroll(changes = {}) {
          const [enrollment] = JSON.parse(await device.enrollmentInfo());
          await device.emulator.enroll(JSON.stringify([{ ...enrollment, ...changes }]));
        },
      };
    },
  },
  'x509 individual': {
    secret: 'privateKey',
    async prepare(device) {
      const factory = new CertificateFactory(join(device.folder, 'credentials'));
      const attestation = await factory.selfSigned(device.id);
      return {
        configuration: { attestation: { type: 'x509', ...attestation } },
        async enroll(changes = {}) {
          const [enrollment] = JSON.parse(await device.enrollmentInfo());
          await device.emulator.enroll(JSON.stringify([{ ...enrollment, ...changes }]));
        },
      };
    },
  },
  'x509 group': {
    secret: 'privateKey',
    async prepare(device) {
      const factory = new CertificateFactory(join(device.folder, 'credentials'));
      const root = await factory.selfSigned('root');
      const line = await factory.issued(root, 'line-7', { isAuthority: true });
      const leaf = await factory.issued(line, device.id);
      const certificate = await factory.joined('chain.pem', [leaf.certificate, line.certificate]);
      return {
        configuration: { attestation: { type: 'x509', certificate, privateKey: leaf.privateKey } },
        async enroll(changes = {}) {
          const primary = { certificate: await readFile(root.certificate, 'utf8') };
          await putToDps(device, '/enrollmentGroups/plant', groupBody('plant', { type: 'x509', x509: { signingCertificates: { primary } } }, changes));
        },
      };
    },
  },
  'symmetricKey individual': {
    secret: 'keyFile',
    async prepare(device) {
      const key = newKey();
      return {
        configuration: { registrationId: device.id, attestation: { type: 'symmetricKey', keyFile: await keyFile(join(device.folder, 'device.key'), key) } },
        async enroll(changes = {}) {
          await putToDps(device, `/enrollments/${device.id}`, {
            registrationId: device.id, attestation: { type: 'symmetricKey', symmetricKey: { primaryKey: key, secondaryKey: newKey() } }, ...changes,
          });
        },
      };
    },
  },
  'symmetricKey group': {
    secret: 'keyFile',
    async prepare(device) {
      const key = newKey();
      return {
        configuration: { registrationId: device.id, attestation: { type: 'symmetricKey', group: true, keyFile: await keyFile(join(device.folder, 'group.key'), key) } },
        async enroll(changes = {}) {
          const symmetricKey = { primaryKey: key, secondaryKey: newKey() };
          await putToDps(device, '/enrollmentGroups/plant', groupBody('plant', { type: 'symmetricKey', symmetricKey }, changes));
        },
      };
    },
  },
};

export const ATTESTATIONS = Object.keys(KINDS);
export const isCertificate = (kind) => kind.startsWith('x509');
export const secretOf = (kind) => KINDS[kind].secret;

/// A device that attests so, blank and not enrolled; device.enrollAs(changes) enrolls it.
export async function blankAttestingDevice(bench, kind, configuration = {}) {
  const device = await bench.blankDevice(configuration);
  device.id = 'press-4';
  const { configuration: own, enroll } = await KINDS[kind].prepare(device);
  await device.configure(own);
  device.enrollAs = enroll;
  return device;
}

export async function enrolledAttestingDevice(bench, kind, configuration) {
  const device = await blankAttestingDevice(bench, kind, configuration);
  await device.enrollAs();
  return device;
}

/// What the device shows for mutual TLS, as node takes it.
export async function clientCertificate(device) {
  const { certificate, privateKey } = device.configuration.attestation;
  return { cert: await readFile(certificate), key: await readFile(privateKey) };
}
