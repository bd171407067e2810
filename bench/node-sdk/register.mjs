// SPDX-License-Identifier: Apache-2.0
// The Azure SDK for Node.js as a device that registers by its TPM.
//
//   register.mjs enrollment-info SOCKET                  what to enroll, as `device-agent enrollment-info --format json`
//   register.mjs register SOCKET DPS SCOPE               DPS is host:port; the authority comes by NODE_EXTRA_CA_CERTS
import { Agent } from 'node:https';
import { promisify } from 'node:util';
import httpBase from 'azure-iot-http-base';
import provisioning from 'azure-iot-provisioning-device';
import { Http } from 'azure-iot-provisioning-device-http';
import security from 'azure-iot-security-tpm';
import tss from 'tss.js';
import { RawSocket } from './raw_socket.mjs';

const [command, socketPath, dps, scope] = process.argv.slice(2);

/// The SDK knows no other port than 443. As by default in Node.js, connections are kept.
class ToPort extends Agent {
  #port;

  constructor(port) {
    super({ keepAlive: true });
    this.#port = Number(port);
  }

  createConnection(options, done) {
    return super.createConnection({ ...options, port: this.#port }, done);
  }
}

const tpm = new tss.Tpm(false);
tpm.device = new RawSocket(socketPath);
const client = new security.TpmSecurityClient(undefined, tpm);
const ask = (name) => promisify(client[name].bind(client))();

if (command === 'enrollment-info') {
  const endorsementKey = (await ask('getEndorsementKey')).toString('base64');
  console.log(JSON.stringify({ registrationId: await ask('getRegistrationId'), attestation: { type: 'tpm', tpm: { endorsementKey } } }));
} else {
  const [host, port] = dps.split(':');
  const http = new httpBase.Http();
  http.setOptions({ http: { agent: new ToPort(port) } });
  const device = provisioning.ProvisioningDeviceClient.create(host, scope, new Http(http), client);
  const { registrationState: { assignedHub, deviceId } } = await promisify(device.register.bind(device))();
  console.log(`${assignedHub}/${deviceId}`);
}
tpm.close();
