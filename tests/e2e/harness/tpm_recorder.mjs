// SPDX-License-Identifier: Apache-2.0
// A listener on the bus between a program and a software TPM: it passes every byte on, and keeps it.
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';

export class TpmRecorder {
  #server;
  #sockets = new Set();
  #sent = [];
  #answered = [];
  #free = Promise.resolve();  // when the TPM's one connection is

  /// Listens on the Unix socket `path` in place of the TPM.
  static async start(tpm, path) {
    const recorder = new TpmRecorder();
    recorder.tcti = `swtpm:path=${path}`;
    await symlink(`${tpm.socket}.ctrl`, `${path}.ctrl`);  // where the TSS looks for the control channel
    recorder.#server = createServer({ pauseOnConnect: true }, (client) => {
      recorder.#free = recorder.#free.then(() => recorder.#serve(client, connect(tpm.socket)));
    });
    recorder.#server.listen(path);
    await once(recorder.#server, 'listening');
    return recorder;
  }

  /// Resolves when the TPM has let go of the connection.
  #serve(client, tpm) {
    const pass = (from, to, kept) => {
      this.#sockets.add(from);
      from.on('data', (chunk) => {
        kept.push(chunk);
        to.write(chunk);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.end();
      });
    };
    pass(client, tpm, this.#sent);
    pass(tpm, client, this.#answered);
    client.resume();
    return once(tpm, 'close');
  }

  /// Everything that went either way.
  get traffic() {
    return Buffer.concat([...this.#sent, ...this.#answered]);
  }

  /// The codes of the commands, in order (TPM 2.0 Library Part 2, table 12).
  get commands() {
    const codes = [];
    let rest = Buffer.concat(this.#sent);
    for (; rest.length >= 10; rest = rest.subarray(rest.readUInt32BE(2))) codes.push(rest.readUInt32BE(6));
    return codes;
  }

  async stop() {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
