// SPDX-License-Identifier: Apache-2.0
// mint.mjs SOCKET COUNT: what a token costs the Azure SDK for Node.js, whose TPM client signs by the key at 0x81000100:
// microseconds at the median, in a program that runs already.
import { promisify } from 'node:util';
import common from 'azure-iot-common';
import security from 'azure-iot-security-tpm';
import tss from 'tss.js';
import { RawSocket } from './raw_socket.mjs';

const [socketPath, count] = process.argv.slice(2);
const tpm = new tss.Tpm(false);
tpm.device = new RawSocket(socketPath);
const client = new security.TpmSecurityClient(undefined, tpm);
const sign = promisify(client.signWithIdentity.bind(client));

const resource = common.encodeUriComponentStrict('localhost/devices/dev-1');
const times = [];
for (let i = 0; i < Number(count); i += 1) {
  const began = process.hrtime.bigint();
  const expiry = 1_900_000_000 + i;
  const signature = await sign(Buffer.from(`${resource}\n${expiry}`));
  const token = `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature.toString('base64'))}&se=${expiry}`;
  if (token.length < resource.length + 80) throw new Error('it did not sign');
  times.push(Number(process.hrtime.bigint() - began) / 1000);
}
times.sort((a, b) => a - b);
console.log(JSON.stringify({ median: times[Math.floor(times.length / 2)] }));
tpm.close();
