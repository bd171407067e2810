// SPDX-License-Identifier: Apache-2.0
// The Device Agent, as an application sees it.
'use strict';

const { request } = require('node:http');
const { createInterface } = require('node:readline');
const { setTimeout: pause } = require('node:timers/promises');

const SOCKET = process.env.DEVICE_AGENT_SOCKET ?? '/run/device-agent/device-agent.sock';

/// Sends a request and resolves to the answer as a stream. `application` names one where the caller may use several.
function send(method, path, application, body) {
  const query = application ? `?application=${encodeURIComponent(application)}` : '';
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: SOCKET, method, path: path + query, headers: { 'Content-Type': 'application/json' } }, resolve);
    outgoing.on('error', reject);
    outgoing.end(body && JSON.stringify(body));
  });
}

async function textOf(stream) {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return text;
}

/// A new token for the identity: { token, expires, identity }. Without `life` (seconds) it is the agent's default.
async function getToken(application, life) {
  const answer = await send('POST', '/v1/identity/token', application, life && { expiry: life });
  const body = JSON.parse(await textOf(answer));
  if (answer.statusCode !== 200) throw new Error(`the Device Agent: ${body.detail}`);
  return body;
}

/// What becomes of the identity, one event after the other: { event: 'provisioned' | 'changed' | 'removed', … }. Begins
/// with 'provisioned' as soon as it is there, outlasts restarts of the agent, and never ends.
async function* events(application) {
  for (let delay = 500; ; delay = Math.min(delay * 2, 30_000)) {
    try {
      const answer = await send('GET', '/v1/identity/events', application);
      if (answer.statusCode !== 200) throw new Error(JSON.parse(await textOf(answer)).detail);
      for await (const line of createInterface({ input: answer })) {
        delay = 500;
        if (line) yield JSON.parse(line);
      }
    } catch (error) {
      console.error(`the Device Agent: ${error.message}`);
    }
    await pause(delay * (0.5 + Math.random() / 2));
  }
}

module.exports = { events, getToken };
