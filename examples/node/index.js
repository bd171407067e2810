// SPDX-License-Identifier: Apache-2.0
// A module with Azure's SDK: sends telemetry, answers desired properties with reported ones, and stays connected when its
// token ends, its key is regenerated or the device moves to another hub.
'use strict';

const { Message, ModuleClient } = require('azure-iot-device');
const { Mqtt } = require('azure-iot-device-mqtt');
const { setTimeout: pause } = require('node:timers/promises');
const { events, getToken } = require('./identity.js');

// Only needed by a user who may use several modules, such as you on your laptop.
const APPLICATION = process.env.DEVICE_AGENT_APPLICATION;
const RENEW_AT = 0.75; // of a token's life
const SEND_EVERY_MS = 1000;
const RETRY_AFTER_MS = 5000;

class Connection {
  #client;
  #sender;
  #renewal;
  #isOver = false;

  /// Connects, again and again until it succeeds or the connection is over.
  async open() {
    while (!this.#isOver) {
      try {
        return await this.#connect();
      } catch (error) {
        console.error(`cannot connect: ${error.message}`);
        await this.#drop();
        await pause(RETRY_AFTER_MS * (0.5 + Math.random() / 2));
      }
    }
  }

  async close() {
    this.#isOver = true;
    await this.#drop();
  }

  async #connect() {
    const granted = await getToken(APPLICATION);
    // Not fromConnectionString(): for modules the SDK takes no connection string with a token in it.
    const client = ModuleClient.fromSharedAccessSignature(granted.token, Mqtt);
    this.#client = client;
    await client.open();
    const twin = await client.getTwin();
    twin.on('properties.desired', ({ interval }) => interval !== undefined && this.#answer(twin, interval));
    this.#sender = setInterval(() => this.#send(), SEND_EVERY_MS);
    this.#renewBefore(granted.expires);
    console.log(`connected as ${granted.identity}`);
    if (this.#isOver) await this.#drop();
  }

  #send() {
    this.#client.sendEvent(new Message(JSON.stringify({ from: 'node' }))).catch((error) => console.error(`not sent: ${error.message}`));
  }

  #answer(twin, interval) {
    twin.properties.reported.update({ interval }, (error) => console.log(error ? error.message : `interval is ${interval}`));
  }

  #renewBefore(expires) {
    this.#renewal = setTimeout(() => this.#renew(), (Date.parse(expires) - Date.now()) * RENEW_AT);
  }

  /// The same connection with a new token; if that cannot be, a new connection.
  async #renew() {
    try {
      const { token, expires } = await getToken(APPLICATION);
      await this.#client.updateSharedAccessSignature(token);
      this.#renewBefore(expires);
      console.log(`renewed until ${expires}`);
    } catch (error) {
      console.error(`cannot renew: ${error.message}`);
      await this.#drop();
      await this.open();
    }
  }

  async #drop() {
    clearInterval(this.#sender);
    clearTimeout(this.#renewal);
    // The hub may know this identity no more: then there is nothing to say good-bye to.
    await this.#client?.close().catch(() => {});
  }
}

async function main() {
  let connection;
  for await (const { event } of events(APPLICATION)) {
    // 'changed': another hub or another key. What was got before is worthless.
    await connection?.close();
    connection = event === 'removed' ? undefined : new Connection();
    connection?.open();
  }
}

main();
