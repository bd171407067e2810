// SPDX-License-Identifier: Apache-2.0
// An emulator of its own for a test, its control API, and the service side of its hubs.
import { createHmac } from 'node:crypto';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { output, program, run, Service } from './process.mjs';
import { parseConnectionString } from './sas.mjs';

/// One HTTPS request to a host of the emulator; all of them are served at one address. Resolves to { status, headers,
/// body }, the body parsed where it is JSON.
function call(host, port, path, { method = 'GET', ca, cert, key, headers = {}, body } = {}) {
  const content = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1', port, path, method, ca, cert, key, servername: 'localhost', agent: false,
      headers: { Host: `${host}:${port}`, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(content), ...headers },
    }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = /json/.test(answer.headers['content-type'] ?? '') && text !== '';
        resolve({ status: answer.statusCode, headers: answer.headers, body: isJson ? JSON.parse(text) : text });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(content);
  });
}

/// A SAS token by a service policy, for the host of its connection string.
function serviceToken({ HostName, SharedAccessKeyName, SharedAccessKey }) {
  const resource = encodeURIComponent(HostName);
  const expiry = Math.floor(Date.now() / 1000) + 3600;
  const signature = createHmac('sha256', Buffer.from(SharedAccessKey, 'base64')).update(`${resource}\n${expiry}`).digest('base64');
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${SharedAccessKeyName}`;
}

const FOR_DEVICES = new Set(['dps', 'hub']);
const isPolicy = (authorizedAs) => authorizedAs?.startsWith('policy ');

// Free ports of the machine; SDKs speak to the standard ones only, which a test has for itself in a network namespace.
const ANY_PORTS = ['--https-port', '0', '--mqtt-port', '0'];

export class Emulator {
  #arguments;
  #service;

  constructor(data, args) {
    this.data = data;
    this.#arguments = process.env.EMULATOR_STANDARD_PORTS ? args : [...ANY_PORTS, ...args];
  }

  static async start(data, ...args) {
    await mkdir(data, { recursive: true });
    if (process.env.EMULATOR_TEMPLATE) await cp(process.env.EMULATOR_TEMPLATE, data, { recursive: true });
    const emulator = new Emulator(data, args);
    await emulator.start();
    return emulator;
  }

  async start() {
    this.#service = new Service(program('iot-emulator'), ['run', '--data', this.data, ...this.#arguments]);
    await this.#service.line(/^READY/m);
    this.info = JSON.parse(await readFile(join(this.data, 'emulator.json'), 'utf8'));
    this.ca = await readFile(this.info.caFile);
  }

  stop() {
    return this.#service.stop();
  }

  /// SIGKILL; start() goes on with the same folder.
  kill() {
    return this.#service.end('SIGKILL');
  }

  get pid() {
    return this.#service.pid;
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
    const { hostname, port, pathname } = new URL(this.info.controlUrl);
    const answer = await call(hostname, port, `${pathname}${path}`, {
      method, ca: this.ca, body, headers: { Authorization: `Bearer ${this.info.controlToken}` },
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /// Would this connection string be let in? { letIn, hub, deviceId, moduleId, expires, reason }. One with x509=true
  /// needs the certificate (PEM, with its chain).
  verify(connectionString, certificate) {
    return this.control('POST', '/verify', { connectionString, certificate: certificate?.toString() });
  }

  /// What devices asked so far, oldest first: { connection, service, method, target, status, … }.
  async requests() {
    const { requests } = await this.control('GET', '/requests');
    return requests.filter(({ service, authorizedAs }) => FOR_DEVICES.has(service) && !isPolicy(authorizedAs));
  }

  /// The connections so far, without those of the control API and of the services' side.
  async connections() {
    const { connections } = await this.control('GET', '/connections');
    const asksRightNow = ({ closed, requests }) => closed === null && requests === 0;
    return connections.filter((connection) => !asksRightNow(connection) && connection.services.every((service) => FOR_DEVICES.has(service)));
  }

  forgetRequests() {
    return this.control('DELETE', '/requests');
  }

  /// Sets a fault and resolves to its id.
  async setFault(fault) {
    return (await this.control('POST', '/faults', fault)).id;
  }

  clearFault(id) {
    return this.control('DELETE', `/faults/${id}`);
  }

  clearFaults() {
    return this.control('DELETE', '/faults');
  }

  /// Resolves when a request has met the fault; rejects when the agent (a Service) that should send it ends without.
  async met(id, agent) {
    for (;;) {
      const ended = agent.hasEnded;
      const { faults } = await this.control('GET', '/faults');
      if (faults.find((fault) => fault.id === id).hits > 0) return;
      if (ended) throw new Error(`no request met fault ${id}:\n${agent.written}`);
      await pause(10);
    }
  }

  /// A request of the service side, by the policy of the hub's service connection string.
  hubService(hub, method, path, options) {
    return this.#asService(this.info.hubServiceConnectionStrings[hub], method, `${path}?api-version=2021-04-12`, options);
  }

  /// The same for DPS.
  dpsService(method, path, options) {
    return this.#asService(this.info.dpsServiceConnectionString, method, `${path}?api-version=2021-10-01`, options);
  }

  /// A request of a device to DPS, with the token that it made.
  dpsDevice(method, path, { body, token }) {
    return call('localhost', this.info.httpsPort, `/${this.info.idScope}${path}?api-version=2021-06-01`, {
      method, ca: this.ca, body, headers: { Authorization: token },
    });
  }

  #asService(connectionString, method, path, { body, headers = {} } = {}) {
    const policy = parseConnectionString(connectionString);
    return call(policy.HostName, this.info.httpsPort, path, {
      method, ca: this.ca, body, headers: { Authorization: serviceToken(policy), ...headers },
    });
  }
}
