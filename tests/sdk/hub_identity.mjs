// SPDX-License-Identifier: Apache-2.0
// A device or a module in a hub, and what its back end does for it.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const MOST_SECONDS_WAITED = 30;

/// The registry's authentication of a device that shows this certificate (the name of a PEM file).
export async function selfSigned(certificate) {
  const thumbprint = new X509Certificate(await readFile(certificate)).fingerprint256.replaceAll(':', '');
  return { type: 'selfSigned', x509Thumbprint: { primaryThumbprint: thumbprint, secondaryThumbprint: thumbprint } };
}

export class HubIdentity {
  #emulator;

  constructor(emulator, registered) {
    this.#emulator = emulator;
    Object.assign(this, registered);
    this.path = `/${this.deviceId}${this.moduleId ? `/modules/${this.moduleId}` : ''}`;
  }

  static async #register(emulator, body) {
    const path = `/devices/${body.deviceId}${body.moduleId ? `/modules/${body.moduleId}` : ''}`;
    const answer = await emulator.hubService(emulator.hub, 'PUT', path, { body });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return new HubIdentity(emulator, answer.body);
  }

  static device(emulator, authentication = { type: 'sas' }) {
    return HubIdentity.#register(emulator, { deviceId: 'press-7', authentication });
  }

  static async module(emulator) {
    await HubIdentity.device(emulator);
    return HubIdentity.#register(emulator, { deviceId: 'press-7', moduleId: 'AppB' });
  }

  get key() {
    return this.authentication.symmetricKey.primaryKey;
  }

  connectionString(credential = `SharedAccessKey=${this.key}`) {
    const names = [`HostName=${this.#emulator.hub}`, `DeviceId=${this.deviceId}`, ...(this.moduleId ? [`ModuleId=${this.moduleId}`] : [])];
    return [...names, credential].join(';');
  }

  async #ask(method, path, options) {
    const { status, body } = await this.#emulator.hubService(this.#emulator.hub, method, path, options);
    assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  twin() {
    return this.#ask('GET', `/twins${this.path}`);
  }

  desire(desired) {
    return this.#ask('PATCH', `/twins${this.path}`, { body: { properties: { desired } } });
  }

  /// Calls a direct method; resolves to { status, payload }.
  call(methodName, payload) {
    return this.#ask('POST', `/twins${this.path}/methods`, { body: { methodName, payload, responseTimeoutInSeconds: 20 } });
  }

  /// Sends a cloud-to-device message with this JSON.
  send(body, headers) {
    return this.#ask('POST', `/devices${this.path}/messages/devicebound`, { body, headers });
  }

  /// How many messages wait for the device, those on loan included.
  async waiting() {
    const { body } = await this.#emulator.hubService(this.#emulator.hub, 'GET', `/devices${this.path}`);
    return body.cloudToDeviceMessageCount;
  }

  /// What it sent so far, oldest first.
  async telemetry() {
    const { telemetry } = await this.#emulator.control('GET', `/telemetry?deviceId=${this.deviceId}&moduleId=${this.moduleId ?? ''}`);
    return telemetry;
  }

  /// Resolves to the `count` events of its own that match ({ kind, detail, … }) as soon as there are so many.
  async events(matches, count = 1) {
    const found = [];
    for (let last = 0, end = Date.now() + MOST_SECONDS_WAITED * 1000; Date.now() < end;) {
      const page = await this.#emulator.control('GET', `/events?after=${last}&wait=1`);
      last = page.last;
      found.push(...page.events.filter(matches));
      if (found.length >= count) return found;
    }
    throw new Error(`only ${found.length} of ${count} events came: ${JSON.stringify(found)}`);
  }

  /// Resolves when it has subscribed to this filter, which the SDKs do not tell.
  subscribed(filter) {
    return this.events(({ kind, detail }) => kind === 'subscribed' && detail === filter);
  }
}
