// SPDX-License-Identifier: Apache-2.0
// azure-iot-provisioning-device over each of its transports, by key and by certificate, from registering to being let in
// by the hub.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CertificateFactory, derivedKey, newKey } from '../e2e/harness/credentials.mjs';
import { test } from '../e2e/harness/test.mjs';
import { whileOpen } from './client.mjs';
import { sdk } from './sdk.mjs';

const { Client } = sdk('azure-iot-device');
const HubMqtt = sdk('azure-iot-device-mqtt').Mqtt;
const { ProvisioningDeviceClient } = sdk('azure-iot-provisioning-device');
const { Http } = sdk('azure-iot-provisioning-device-http');
const { Mqtt, MqttWs } = sdk('azure-iot-provisioning-device-mqtt');
const { SymmetricKeySecurityClient } = sdk('azure-iot-security-symmetric-key');
const { X509Security } = sdk('azure-iot-security-x509');

const ID = 'press-7';

// The SDK's error over MQTT is that of its MQTT library.
const NOT_AUTHORIZED = { message: 'Connection refused: Not authorized' };
const TRANSPORTS = {
  http: { Transport: Http, refusal: { name: 'UnauthorizedError' } },
  mqtt: { Transport: Mqtt, refusal: NOT_AUTHORIZED },
  mqttWebSocket: { Transport: MqttWs, refusal: NOT_AUTHORIZED },
};

async function enroll(emulator, path, body) {
  const answer = await emulator.dpsService('PUT', path, { body });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

const individual = (emulator, attestation, changes) => enroll(emulator, `/enrollments/${ID}`, { registrationId: ID, attestation, ...changes });
const group = (emulator, attestation) => enroll(emulator, '/enrollmentGroups/plant', { enrollmentGroupId: 'plant', attestation });
const keys = (primaryKey) => ({ type: 'symmetricKey', symmetricKey: { primaryKey, secondaryKey: newKey() } });

const byKey = (key) => ({ security: new SymmetricKeySecurityClient(ID, key), credential: `SharedAccessKey=${key}` });

async function byCertificate(certificateFile, keyFile) {
  const certificate = { cert: await readFile(certificateFile, 'utf8'), key: await readFile(keyFile, 'utf8') };
  return { security: new X509Security(ID, certificate), credential: 'x509=true', certificate };
}

/// Each enrolls the device, and resolves to what it attests with, and to what a stranger would.
const ATTESTATIONS = {
  'its symmetric key': async (emulator) => {
    const key = newKey();
    await individual(emulator, keys(key));
    return { device: byKey(key), stranger: byKey(newKey()) };
  },
  "a key derived from its group's": async (emulator) => {
    const key = newKey();
    await group(emulator, keys(key));
    return { device: byKey(derivedKey(key, ID)), stranger: byKey(key) };
  },
  'its certificate': async (emulator, factory) => {
    const own = await factory.selfSigned(ID);
    const other = await factory.selfSigned(ID, 'stranger');
    const primary = { certificate: await readFile(own.certificate, 'utf8') };
    await individual(emulator, { type: 'x509', x509: { clientCertificates: { primary } } });
    return {
      device: await byCertificate(own.certificate, own.privateKey),
      stranger: await byCertificate(other.certificate, other.privateKey),
    };
  },
  "a chain to its group's authority": async (emulator, factory) => {
    const root = await factory.selfSigned('root');
    const line = await factory.issued(root, 'line-7', { isAuthority: true });
    const leaf = await factory.issued(line, ID);
    const other = await factory.selfSigned(ID, 'stranger');
    const primary = { certificate: await readFile(root.certificate, 'utf8') };
    await group(emulator, { type: 'x509', x509: { signingCertificates: { primary } } });
    return {
      device: await byCertificate(await factory.joined('chain.pem', [leaf.certificate, line.certificate]), leaf.privateKey),
      stranger: await byCertificate(other.certificate, other.privateKey),
    };
  },
};

function clientOf(emulator, Transport, security) {
  const { hostname } = new URL(`https://${emulator.info.dpsUri}`);  // the SDK's ports are its own
  return ProvisioningDeviceClient.create(hostname, emulator.info.idScope, new Transport(), security);
}

async function assertLetIn({ assignedHub, deviceId }, { credential, certificate }) {
  const client = Client.fromConnectionString(`HostName=${assignedHub};DeviceId=${deviceId};${credential}`, HubMqtt);
  if (certificate) await client.setOptions(certificate);
  await whileOpen(client);
}

for (const [protocol, { Transport, refusal }] of Object.entries(TRANSPORTS)) {
  for (const [kind, prepare] of Object.entries(ATTESTATIONS)) {
    test(`${protocol}: a device registers by ${kind}, and a stranger does not`, async (bench) => {
      const emulator = await bench.startEmulator();
      const { device, stranger } = await prepare(emulator, new CertificateFactory(join(bench.folder, 'credentials')));
      const registration = await clientOf(emulator, Transport, device.security).register();
      assert.equal(registration.status, 'assigned');
      assert.equal(registration.deviceId, ID);
      assert.ok(emulator.info.hubs.includes(registration.assignedHub));
      await assertLetIn(registration, device);
      await assert.rejects(clientOf(emulator, Transport, stranger.security).register(), refusal);
    });
  }

  test(`${protocol}: what a device says reaches custom allocation, and its answer the device`, async (bench) => {
    const emulator = await bench.startEmulator();
    const key = newKey();
    await individual(emulator, keys(key), {
      allocationPolicy: 'custom', customAllocationDefinition: { webhookUrl: 'https://allocation.test/', apiVersion: '2021-10-01' },
    });
    const [, hub] = emulator.info.hubs;
    await emulator.control('PUT', `/enrollments/${ID}/allocation`, { iotHubHostName: hub, payload: { recipe: 'A' } });
    const client = clientOf(emulator, Transport, byKey(key).security);
    client.setProvisioningPayload({ line: 7 });
    const { assignedHub, payload } = await client.register();
    assert.equal(assignedHub, hub);
    assert.deepEqual(payload, { recipe: 'A' });
    const { lastRequest } = await emulator.control('GET', `/enrollments/${ID}/allocation`);
    assert.deepEqual(lastRequest.deviceRuntimeContext.payload, { line: 7 });
  });
}
