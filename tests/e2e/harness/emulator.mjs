// SPDX-License-Identifier: Apache-2.0
// An emulator of its own for a test, its control API, and the service side of its hubs.
import { createHmac } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { output, program, run, Service } from './process.mjs';

/// One HTTPS request. Resolves to { status, headers, body }, the body parsed where it is JSON.
function call(url, { method = 'GET', ca, headers = {}, body, servername } = {}) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const outgoing = request(url, {
      method, ca, servername, agent: false,
      headers: { ...(text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }), ...headers },
    }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => {
        const content = Buffer.concat(chunks).toString();
        const json = /json/.test(answer.headers['content-type'] ?? '') && content !== '';
        resolve({ status: answer.statusCode, headers: answer.headers, body: json ? JSON.parse(content) : content });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

/// A SAS token by a service policy, made from a service connection string.
function serviceToken(connectionString) {
  const fields = Object.fromEntries(connectionString.split(';').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]));
  const resource = encodeURIComponent(fields.HostName);
  const expiry = Math.floor(Date.now() / 1000) + 3600;
  const signature = createHmac('sha256', Buffer.from(fields.SharedAccessKey, 'base64')).update(`${resource}\n${expiry}`).digest('base64');
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${fields.SharedAccessKeyName}`;
}

export class Emulator {
  #arguments;
  #service;

  constructor(data, args) {
    this.data = data;
    this.#arguments = args;
  }

  static async start(data, ...args) {
    await mkdir(data, { recursive: true });
    const emulator = new Emulator(data, args);
    await emulator.start();
    return emulator;
  }

  async start() {
    this.#service = new Service(program('iot-emulator'),
      ['run', '--data', this.data, '--https-port', '0', '--mqtt-port', '0', ...this.#arguments]);
    await this.#service.line(/^READY/m);
    this.info = JSON.parse(await readFile(join(this.data, 'emulator.json'), 'utf8'));
    this.ca = await readFile(this.info.caFile);
  }

  stop() {
    return this.#service.stop();
  }

  get hub() {
    return this.info.hubs[0];
  }

  /// Enrolls what `device-agent enrollment-info --format json` printed.
  enroll(enrollmentInfo, ...args) {
    return output(program('iot-emulator'), ['enroll', '--data', this.data, ...args], { input: enrollmentInfo });
  }

  tryEnroll(enrollmentInfo, ...args) {
    return run(program('iot-emulator'), ['enroll', '--data', this.data, ...args], { input: enrollmentInfo });
  }

  /// A call of the control API; it must succeed. Resolves to the body.
  async control(method, path, body) {
    const answer = await call(`${this.info.controlUrl}${path}`, {
      method, ca: this.ca, body, headers: { Authorization: `Bearer ${this.info.controlToken}` },
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /// Would this connection string be let in? { accepted, reason, … }
  verify(connectionString) {
    return this.control('POST', '/verify', { connectionString });
  }

  /// What devices asked so far, oldest first; the control API's own requests are not among them.
  requests() {
    return this.control('GET', '/requests');
  }

  connections() {
    return this.control('GET', '/connections');
  }

  forgetRequests() {
    return this.control('DELETE', '/requests');
  }

  /// A request of the service side, by the policy of the hub's service connection string.
  hubService(hub, method, path, { body, headers = {} } = {}) {
    return call(`https://127.0.0.1:${this.info.httpsPort}${path}?api-version=2021-04-12`, {
      method, ca: this.ca, body, servername: hub,
      headers: { Host: hub, Authorization: serviceToken(this.info.hubServiceConnectionStrings[hub]), ...headers },
    });
  }

  /// The same for DPS.
  dpsService(method, path, { body, headers = {} } = {}) {
    const { dpsServiceConnectionString, dpsUri } = this.info;
    return call(`https://${dpsUri}${path}?api-version=2021-10-01`, {
      method, ca: this.ca, body, headers: { Authorization: serviceToken(dpsServiceConnectionString), ...headers },
    });
  }
}
