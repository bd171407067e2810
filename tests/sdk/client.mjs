// SPDX-License-Identifier: Apache-2.0
// What tests ask of a client of azure-iot-device.
import assert from 'node:assert/strict';

const MOST_MILLISECONDS_WAITED = 30_000;

/// Resolves as `promise` does, and rejects where nothing comes; `what` is what should have.
export async function comes(what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come`)), MOST_MILLISECONDS_WAITED);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/// `ask` uses the client, and is refused for its credential. A client that is not closed keeps the test's process alive.
export async function assertRefused(client, ask = () => client.open()) {
  try {
    await assert.rejects(ask(), { name: 'UnauthorizedError' });
  } finally {
    await client.close();
  }
}

/// Opens the client, runs `body`, and closes it whatever happens.
export async function whileOpen(client, body = () => {}) {
  try {
    await client.open();
    await body();
  } finally {
    await client.close();
  }
}
