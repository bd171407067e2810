// SPDX-License-Identifier: Apache-2.0
// `device-agent run` of a device, and its socket as an application and an administrator see it.
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { request } from 'node:http';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import { verdictOn } from './admission.mjs';
import { program, Service } from './process.mjs';

/// Whoever runs the tests: an administrator, and the user of every application.
export const myself = userInfo().username;

/// `applications` of the configuration that grants each of these to whoever runs the tests.
export const granted = (...names) => Object.fromEntries(names.map((name) => [name, { users: [myself] }]));

/// For tests/app_api/run-openapi-test: an answer, or a line of one that is a stream.
const record = (method, target, answer, body) => {
  if (!process.env.RECORD_REPLIES) return;
  const reply = { method, target, status: answer.statusCode, contentType: answer.headers['content-type'], body };
  appendFileSync(process.env.RECORD_REPLIES, `${JSON.stringify(reply)}\n`);
};

export class Daemon extends Service {
  constructor(device, { command = program('device-agent'), args = [], environment = {} } = {}) {
    super('env', [...Object.entries(environment).map(([name, value]) => `${name}=${value}`), command, ...args, 'run', '--config', device.configFile]);
    this.device = device;
  }

  /// Resolves when it serves its socket.
  static async start(bench, device, options) {
    const daemon = bench.keep(new Daemon(device, options));
    await daemon.line(/info serving/);
    return daemon;
  }

  #open(method, path, { body, headers = {} } = {}) {
    const outgoing = request({ socketPath: this.device.configuration.socket, method, path, headers, agent: false });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    return new Promise((resolve, reject) => outgoing.on('response', resolve).on('error', reject));
  }

  /// { status, headers, body }, the body parsed where it is JSON.
  async ask(method, path, options) {
    const answer = await this.#open(method, path, options);
    const chunks = [];
    for await (const chunk of answer) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const isStream = /x-ndjson/.test(answer.headers['content-type'] ?? '');
    for (const body of isStream ? text.trim().split('\n') : [text]) record(method, path, answer, body);
    const isJson = !isStream && /json$/.test(answer.headers['content-type'] ?? '');
    return { status: answer.statusCode, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  }

  /// The same for a request that must succeed; resolves to the body.
  async get(method, path, options) {
    const { status, body } = await this.ask(method, path, options);
    assert.equal(status, 200, `${method} ${path}: ${JSON.stringify(body)}`);
    return body;
  }

  async connectionString(application) {
    return (await this.get('POST', `/v1/identity/connection-string?application=${application}`)).connectionString;
  }

  /// The application's connection string is let in by the hub that it names. Resolves to it.
  async assertLetIn(application) {
    const connectionString = await this.connectionString(application);
    const verdict = await verdictOn(this.device, connectionString);
    assert.equal(verdict.letIn, true, `${application}: ${JSON.stringify(verdict)}`);
    return connectionString;
  }

  /// The application's events, as they come: `await (await daemon.events(name)).next()`.
  async events(application) {
    const answer = await this.#open('GET', `/v1/identity/events?application=${application}`);
    assert.equal(answer.statusCode, 200);
    const lines = createInterface({ input: answer })[Symbol.asyncIterator]();
    return {
      next: async () => {
        const { value } = await lines.next();
        record('GET', '/v1/identity/events', answer, value);
        return JSON.parse(value);
      },
      close: () => answer.destroy(),
    };
  }

  /// How often each route was asked, by the daemon's own count: { route: number }.
  async requests() {
    const text = await this.get('GET', '/metrics');
    const counts = {};
    for (const [, route, count] of text.matchAll(/^device_agent_api_requests_total\{route="([^"]*)",status="\d+"\} (\d+)$/gm)) {
      counts[route] = (counts[route] ?? 0) + Number(count);
    }
    return counts;
  }

  /// Resolves to the status of the daemon when it is in this state.
  async reaches(state) {
    for (;;) {
      const { daemon } = await this.get('GET', '/v1/status');
      if (daemon.state === state) return daemon;
      if (this.hasEnded) throw new Error(`the daemon ended:\n${this.written}`);
    }
  }
}
