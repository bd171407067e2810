// SPDX-License-Identifier: Apache-2.0
// The transport to a TPM that tss.js lacks: bare commands and answers, as a software TPM speaks them on its socket.
import { connect } from 'node:net';

// Tag, size and code.
const HEADER_BYTES = 10;
const SIZE_OFFSET = 2;

/// Set as the `device` of a tss.js Tpm; one command at a time.
export class RawSocket {
  #path;
  #socket;

  constructor(path) {
    this.#path = path;
  }

  connect(done) {
    this.#socket = connect(this.#path, () => done(null));
    this.#socket.on('error', (error) => done(error));
    return null;
  }

  dispatchCommand(bytes, done) {
    let answer = Buffer.alloc(0);
    const take = (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length < HEADER_BYTES || answer.length < answer.readUInt32BE(SIZE_OFFSET)) return;
      this.#socket.off('data', take);
      done(null, answer);
    };
    this.#socket.on('data', take);
    this.#socket.write(bytes);
  }

  close() {
    this.#socket?.destroy();
  }
}
