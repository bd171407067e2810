// SPDX-License-Identifier: Apache-2.0
// What is left in the memory of the agent when it has done its work, in the build that is shipped: a sanitizer keeps what
// was freed. RELEASE_AGENT says where that is (make build).
import assert from 'node:assert/strict';
import { memoryAtExit } from './harness/memory.mjs';
import { findSecrets, secretsOf } from './harness/secrets.mjs';
import { test } from './harness/test.mjs';

const agent = process.env.RELEASE_AGENT ?? 'build/release/bin/device-agent';

/// Runs a command of the released agent, which must succeed, and says what its memory holds at its end.
async function foundAtExit(device, ...args) {
  const { code, output, memory } = await memoryAtExit(agent, [...args, '--config', device.configFile]);
  assert.equal(code, 0, output);
  assert.ok(memory.some(({ bytes }) => bytes.includes(device.configFile)), 'memory is read');
  const secrets = await secretsOf(device);
  return memory.flatMap(({ name, bytes }) => findSecrets(bytes, secrets).map((what) => `${name || 'anonymous memory'} has ${what}`));
}

test('at its exit provision has no key and no token left in its memory', async (bench) => {
  const device = await bench.enrolledDevice({ otherModuleIds: { AppB: 2, AppC: 3, AppD: 12 } });
  assert.deepEqual(await foundAtExit(device, 'provision'), []);
  assert.deepEqual(await foundAtExit(device, 'provision', '--verify'), [], 'the hub sends all keys again');
  assert.deepEqual(await foundAtExit(device, 'reprovision'), []);
});

test('at its exit provision has no auth value of its slots left in its memory', async (bench) => {
  const device = await bench.enrolledDevice({ otherModuleIds: { AppB: 2 }, tpm: { slotAuth: 'agent' } });
  assert.deepEqual(await foundAtExit(device, 'provision'), []);
  assert.deepEqual(await foundAtExit(device, 'provision', '--verify'), []);
});
