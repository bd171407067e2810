// SPDX-License-Identifier: Apache-2.0
// Servers that a client must not trust. Each keeps every byte that it was sent.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { TLSSocket } from 'node:tls';

class Server {
  #server;
  #sockets = new Set();
  #chunks = [];

  /// `serve(socket, keep)` takes a connection, keeps what is sent inside of it, and returns the outermost socket.
  constructor(serve) {
    this.connections = 0;
    this.#server = createServer((socket) => {
      this.connections += 1;
      socket.on('error', () => {});  // a client that turns away may reset the connection
      const outermost = serve(socket, (chunk) => this.#chunks.push(chunk));
      this.#sockets.add(outermost);
      outermost.on('error', () => {});
      outermost.on('close', () => {
        this.#sockets.delete(outermost);
        socket.destroy();
      });
    });
  }

  async start() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = this.#server.address().port;
    return this;
  }

  /// What clients said so far: inside of TLS where it is spoken, else on the wire.
  get received() {
    return Buffer.concat(this.#chunks);
  }

  async stop() {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/// A TLS server (`options` as node:tls has them). It answers each request with `answer`, a whole HTTP message.
export function tlsServer(options, answer = 'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n') {
  return new Server((socket, keep) => {
    const inside = new TLSSocket(socket, { isServer: true, ...options });
    return inside.on('data', (chunk) => {
      keep(chunk);
      inside.write(answer);
    });
  }).start();
}

/// A server without TLS. It answers whatever it is sent with `answer`.
export function plainServer(answer = 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n') {
  return new Server((socket, keep) => socket.on('data', (chunk) => {
    keep(chunk);
    socket.end(answer);
  })).start();
}
