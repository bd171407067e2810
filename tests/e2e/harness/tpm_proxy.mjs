// SPDX-License-Identifier: Apache-2.0
// Stands between the agent and a software TPM, and answers chosen commands in the TPM's stead: what a TPM says when it
// is busy, locked, full or broken cannot all be brought about in a software TPM.
import { createServer, connect } from 'node:net';
import { symlink } from 'node:fs/promises';
import { once } from 'node:events';

/// Command codes, TPM 2.0 Library Part 2, table 12.
export const CC = {
  EvictControl: 0x120, NV_UndefineSpace: 0x122, NV_DefineSpace: 0x12a, CreatePrimary: 0x131, NV_Write: 0x137,
  ActivateCredential: 0x147, PolicySecret: 0x151, Create: 0x153, HMAC: 0x155, Import: 0x156, Load: 0x157,
  FlushContext: 0x165, NV_ReadPublic: 0x169, ReadPublic: 0x173, StartAuthSession: 0x176, GetCapability: 0x17a,
};

const HEADER = 10;  // tag, size, code

/// Calls `whole(message)` for each command or answer of a stream, each with its header.
function onMessages(stream, whole) {
  let buffer = Buffer.alloc(0);
  stream.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    while (buffer.length >= HEADER && buffer.length >= buffer.readUInt32BE(2)) {
      const size = buffer.readUInt32BE(2);
      whole(buffer.subarray(0, size));
      buffer = buffer.subarray(size);
    }
  });
}

function answerWith(code) {
  const message = Buffer.alloc(HEADER);
  message.writeUInt16BE(0x8001, 0);  // TPM_ST_NO_SESSIONS
  message.writeUInt32BE(HEADER, 2);
  message.writeUInt32BE(code, 6);
  return message;
}

export class TpmProxy {
  #tpm;
  #server;
  #clients = new Set();
  #rules = [];
  #free = Promise.resolve();  // when the TPM's one connection is

  constructor(tpm, socket) {
    this.#tpm = tpm;
    this.socket = socket;
    this.tcti = `swtpm:path=${socket}`;
    this.#server = createServer({ pauseOnConnect: true }, (client) => {
      this.#free = this.#free.then(() => this.#serve(client));
    });
  }

  static async start(tpm, socket) {
    const proxy = new TpmProxy(tpm, socket);
    await symlink(`${tpm.socket}.ctrl`, `${socket}.ctrl`);
    proxy.#server.listen(socket);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /// Answers this command with a response code, `times` times, after it was let through `after` times.
  answer(command, code, { times = Infinity, after = 0 } = {}) {
    this.#rules.push({ command, after, times, act: (client) => client.write(answerWith(code)) });
  }

  /// Answers one command with a response code: for the work of at().
  answerOnce(client, code) {
    client.write(answerWith(code));
  }

  /// Does `work(client)` at this command, once, in place of an answer.
  at(command, work) {
    this.#rules.push({ command, after: 0, times: 1, act: work });
  }

  /// Lets every command through again.
  forgetFaults() {
    this.#rules = [];
  }

  /// Resolves when the TPM has let go of the connection.
  #serve(client) {
    const tpm = connect(this.#tpm.socket);
    const done = new Promise((resolve) => { tpm.on('close', resolve); });
    this.#clients.add(client);
    client.on('error', () => tpm.end());
    client.on('close', () => {
      this.#clients.delete(client);
      tpm.end();  // the TPM closes its side when it has seen that, and is free then
    });
    tpm.on('error', () => client.destroy());
    tpm.on('close', () => client.destroy());
    onMessages(client, (message) => {
      const rule = this.#ruleFor(message.readUInt32BE(6));
      if (rule) rule.act(client);
      else tpm.write(message);
    });
    tpm.on('data', (chunk) => client.write(chunk));
    client.resume();
    return done;
  }

  #ruleFor(command) {
    for (const rule of this.#rules.filter((candidate) => candidate.command === command)) {
      if (rule.after > 0) rule.after -= 1;
      else if (rule.times > 0) {
        rule.times -= 1;
        return rule;
      }
    }
    return undefined;
  }

  async stop() {
    this.#clients.forEach((client) => client.destroy());
    this.#server.close();
    await once(this.#server, 'close');
  }
}
