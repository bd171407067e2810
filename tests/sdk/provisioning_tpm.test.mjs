// SPDX-License-Identifier: Apache-2.0
// azure-iot-security-tpm on a software TPM: it registers over HTTPS, and the key that it gets in return signs its tokens
// for the hub.
import assert from 'node:assert/strict';
import { promisify } from 'node:util';
import { test } from '../e2e/harness/test.mjs';
import { whileOpen } from './client.mjs';
import { HubIdentity } from './hub_identity.mjs';
import { RawSocket } from './raw_socket.mjs';
import { sdk } from './sdk.mjs';

const { Client, Message } = sdk('azure-iot-device');
const { Http } = sdk('azure-iot-device-http');
const { Mqtt, MqttWs } = sdk('azure-iot-device-mqtt');
const { ProvisioningDeviceClient } = sdk('azure-iot-provisioning-device');
const ProvisioningHttp = sdk('azure-iot-provisioning-device-http').Http;
const { TpmAuthenticationProvider, TpmSecurityClient } = sdk('azure-iot-security-tpm');
const tss = sdk('tss.js');

const IDENTITY_KEY = 0x81000100;  // where the SDK keeps it

/// `body(security)` with the SDK's security client on a software TPM.
async function withSecurityClient(softwareTpm, body) {
  const tpm = new tss.Tpm(false);
  tpm.device = new RawSocket(softwareTpm.socket);
  try {
    return await body(new TpmSecurityClient(undefined, tpm));
  } finally {
    tpm.close();
  }
}

const ask = (security, name) => promisify(security[name].bind(security))();

async function enroll(emulator, security) {
  const endorsementKey = (await ask(security, 'getEndorsementKey')).toString('base64');
  const registrationId = await ask(security, 'getRegistrationId');
  await emulator.enroll(JSON.stringify({ registrationId, attestation: { type: 'tpm', tpm: { endorsementKey } } }));
  return registrationId;
}

/// Resolves to the registration's state. (By a TPM, the SDK resolves to the operation that it is in.)
async function register(emulator, security) {
  const { hostname } = new URL(`https://${emulator.info.dpsUri}`);
  const client = ProvisioningDeviceClient.create(hostname, emulator.info.idScope, new ProvisioningHttp(), security);
  return (await client.register()).registrationState;
}

function clientOf({ assignedHub, deviceId }, Transport, security) {
  return Client.fromAuthenticationProvider(TpmAuthenticationProvider.fromTpmSecurityClient(deviceId, assignedHub, security), Transport);
}

test('a TPM registers, and signs for its device with the key that it is given', async (bench) => {
  const emulator = await bench.startEmulator();
  const softwareTpm = await bench.startTpm();
  await withSecurityClient(softwareTpm, async (security) => {
    const registrationId = await enroll(emulator, security);
    const registration = await register(emulator, security);
    assert.equal(registration.status, 'assigned');
    assert.equal(registration.deviceId, registrationId);

    const device = new HubIdentity(emulator, { deviceId: registrationId });
    for (const Transport of [Mqtt, MqttWs, Http]) {
      const client = clientOf(registration, Transport, security);
      await whileOpen(client, () => client.sendEvent(new Message(`signed over ${Transport.name}`)));
    }
    assert.deepEqual((await device.telemetry()).map(({ text }) => text), ['signed over Mqtt', 'signed over MqttWs', 'signed over Http']);
  });
  assert.ok((await softwareTpm.handles('handles-persistent')).includes(IDENTITY_KEY));
});

test('a TPM registers again, and its new key counts', async (bench) => {
  const emulator = await bench.startEmulator();
  await withSecurityClient(await bench.startTpm(), async (security) => {
    await enroll(emulator, security);
    await register(emulator, security);
    await whileOpen(clientOf(await register(emulator, security), Mqtt, security));
  });
});

test('another TPM is refused', async (bench) => {
  const emulator = await bench.startEmulator();
  const registrationId = await withSecurityClient(await bench.startTpm('enrolled'), (security) => enroll(emulator, security));
  await withSecurityClient(await bench.startTpm('stranger'), async (security) => {
    security.getRegistrationId = (done) => done(null, registrationId);
    await assert.rejects(register(emulator, security), { name: 'FormatError' });  // a 401 without a challenge
    const [{ status, refusal }] = await emulator.requests();
    assert.deepEqual({ status, refusal }, { status: 401, refusal: 'the endorsement key is not the one of the enrollment' });
  });
});
