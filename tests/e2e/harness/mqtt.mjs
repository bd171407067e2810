// SPDX-License-Identifier: Apache-2.0
// One MQTT 3.1.1 CONNECT to a hub of the emulator, over TLS, as a device's or a module's connection string has it.
import { connect as connectTls } from 'node:tls';
import { parseConnectionString } from './sas.mjs';

const CONNACK = Buffer.from([0x20, 0x02]);
const DISCONNECT = Buffer.from([0xe0, 0x00]);
const CONNACK_BYTES = 4;
const PATIENCE_MS = 20_000;

const CLEAN_SESSION = 0x02;
const WITH_PASSWORD = 0x40;
const WITH_USER_NAME = 0x80;

/// A text, led by its length in two bytes.
function field(text) {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/// The length of what follows, seven bits a byte, the lowest first.
function remainingLength(length) {
  const bytes = [];
  for (let rest = length; ;) {
    const lowest = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? lowest | 0x80 : lowest);
    if (rest === 0) return Buffer.from(bytes);
  }
}

/// Without a password the certificate of the TLS connection says who it is.
function connectPacket({ clientId, userName, password, keepAlive = 60 }) {
  const flags = CLEAN_SESSION | WITH_USER_NAME | (password === undefined ? 0 : WITH_PASSWORD);
  const body = Buffer.concat([
    field('MQTT'), Buffer.from([4, flags, keepAlive >> 8, keepAlive & 0xff]),
    field(clientId), field(userName), ...(password === undefined ? [] : [field(password)]),
  ]);
  return Buffer.concat([Buffer.from([0x10]), remainingLength(body.length), body]);
}

/// Connects as the connection string says, and at once leaves. Resolves to the return code of CONNACK: 0 lets in.
/// `certificate` is { cert, key } for one with x509=true. Rejects when the hub closes without a CONNACK.
export function mqttConnect(emulator, connectionString, certificate = {}) {
  const { HostName, DeviceId, ModuleId, SharedAccessSignature } = parseConnectionString(connectionString);
  const clientId = ModuleId === undefined ? DeviceId : `${DeviceId}/${ModuleId}`;
  const userName = `${HostName}/${clientId}/?api-version=2021-04-12`;
  return new Promise((resolve, reject) => {
    // TLS has no names that are addresses.
    const servername = /^[\d.]+$|:/.test(HostName) ? '' : HostName;
    const socket = connectTls({ host: '127.0.0.1', port: emulator.info.mqttPort, ca: emulator.ca, servername, ...certificate });
    let received = Buffer.alloc(0);
    const fail = (why) => {
      socket.destroy();
      reject(new Error(`MQTT CONNECT as ${userName}: ${why}`));
    };
    socket.setTimeout(PATIENCE_MS, () => fail('no CONNACK'));
    socket.on('error', (error) => fail(error.message));
    socket.on('close', () => fail('closed without a CONNACK'));
    socket.on('secureConnect', () => socket.write(connectPacket({ clientId, userName, password: SharedAccessSignature })));
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < CONNACK_BYTES) return;
      if (!received.subarray(0, 2).equals(CONNACK)) return fail(`not a CONNACK: ${received.toString('hex')}`);
      resolve(received[3]);
      socket.end(DISCONNECT);
    });
  });
}
