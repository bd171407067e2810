// SPDX-License-Identifier: Apache-2.0
// The disk fails in the middle: full at a write, broken at a sync or a rename. Either the agent can do without that
// file, or it ends with exit code 1; nothing is lost, and the next run ends as if nothing had happened.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from '../e2e/harness/test.mjs';
import { ADDED_MODULE, assertNothingLost, FIRST_PROVISIONING, interrupt, MOVE_TO_ANOTHER_HUB, strace, SWAP } from './harness/interruption.mjs';

const ERRORS = { write: 'ENOSPC', rename: 'ENOSPC', unlink: 'EIO', fsync: 'EIO', fchmod: 'EIO', mkdir: 'ENOSPC' };

/// Those to the disk; strace tells the file of each descriptor.
const toTheDisk = (calls) => calls.filter(({ call, line }) => call in ERRORS && (call !== 'write' || /^\d+<\/[^>]*\/state\//.test(line)));

const failEverywhere = (bench, scenario) => interrupt(bench, scenario, toTheDisk, async (device, { call, when }, before) => {
  const { code, stderr } = await strace(device, join(device.folder, 'calls'), scenario.command, `${call}:error=${ERRORS[call]}:when=${when}`);
  assert.ok(code === 1 || code === 0, `exit code ${code}: ${stderr}`);
  assert.match(stderr, /No space left on device|Input\/output error/);
  await assertNothingLost(device, before);
  await device.expect(0, ...scenario.command);
  await scenario.check(device);
});

test('a disk that fails during a first provisioning', (bench) => failEverywhere(bench, FIRST_PROVISIONING));
test('a disk that fails while a module is added', (bench) => failEverywhere(bench, ADDED_MODULE));
test('a disk that fails while modules swap their slots', (bench) => failEverywhere(bench, SWAP));
test('a disk that fails during a move to another hub', (bench) => failEverywhere(bench, MOVE_TO_ANOTHER_HUB));
