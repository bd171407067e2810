// SPDX-License-Identifier: Apache-2.0
// The agent as an application sees it (docs/socket-api.md, text form), where a test must say what happens and when.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';

export class StandInAgent {
  #server = createServer((request, response) => this.#answer(request, response));
  #streams = new Set();
  #tokens = 0;
  /// What was asked: [method and path, body].
  requests = [];
  /// hub/device[/module], or nothing while it is not there.
  identity;
  /// Seconds that a token lives if the request names none, and that it may live at most.
  expiry = 3600;
  maxExpiry = 86400;
  /// { status, text } in place of every answer.
  refusal;

  constructor(socket) {
    this.socket = socket;
  }

  static async start(socket, identity) {
    const agent = new StandInAgent(socket);
    agent.identity = identity;
    await rm(socket, { force: true });
    agent.#server.listen(socket);
    await once(agent.#server, 'listening');
    return agent;
  }

  /// Tells it to every application that listens.
  tell(line) {
    for (const stream of this.#streams) stream.write(`${line}\n`);
  }

  provide(identity) {
    const event = this.identity ? 'changed' : 'provisioned';
    this.identity = identity;
    this.tell(`${event} AppB ${identity}${event === 'changed' ? ' hub' : ''}`);
  }

  remove() {
    this.tell(`removed AppB ${this.identity}`);
    this.identity = undefined;
  }

  async stop() {
    this.#server.close();
    this.#server.closeAllConnections();
    await rm(this.socket, { force: true });
  }

  #connectionString(expiry) {
    const [hub, device, module] = this.identity.split('/');
    this.#tokens += 1;
    const expires = Math.floor(Date.now() / 1000) + expiry;
    return `HostName=${hub};DeviceId=${device}${module ? `;ModuleId=${module}` : ''};SharedAccessSignature=` +
      `SharedAccessSignature sr=r&sig=number${this.#tokens}&se=${expires}`;
  }

  async #answer(request, response) {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { pathname } = new URL(request.url, 'http://localhost');
    this.requests.push([`${request.method} ${request.url}`, body]);
    const answer = (status, text) => response.writeHead(status, { 'Content-Length': Buffer.byteLength(text) }).end(text);
    if (this.refusal) return answer(this.refusal.status, this.refusal.text);
    if (pathname === '/v1/identity/events') {
      response.writeHead(200);
      response.flushHeaders();
      this.#streams.add(response);
      response.on('close', () => this.#streams.delete(response));
      if (this.identity) response.write(`provisioned AppB ${this.identity}\n`);
      return undefined;
    }
    if (!this.identity) return answer(404, 'not-provisioned: AppB is not there yet');
    if (pathname === '/v1/identity') return answer(200, this.identity);
    const expiry = body ? JSON.parse(body).expiry : this.expiry;
    if (expiry > this.maxExpiry) return answer(400, `usage: an expiry of ${expiry} is above maxTokenLifetime`);
    return answer(200, this.#connectionString(expiry));
  }
}
