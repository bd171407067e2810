// SPDX-License-Identifier: Apache-2.0
// Killed with SIGKILL at every system call that leaves the process: each command to the TPM and each answer, each
// request and each file operation. Then the slots must still be of use, and the same command, run again, must end as if
// nothing had happened, with nothing left behind.
import assert from 'node:assert/strict';
import { test } from '../e2e/harness/test.mjs';
import { ADDED_MODULE, assertAsIfNothingHadHappened, assertNothingLost, FIRST_PROVISIONING, interrupt, killAt, MOVE_TO_ANOTHER_HUB } from './harness/interruption.mjs';

function everyCall(calls) {
  assert.ok(calls.length > 100, `only ${calls.length} calls`);
  return calls;
}

const killEverywhere = (bench, scenario) => interrupt(bench, scenario, everyCall, async (device, call, inner) => {
  const { slots: before } = await device.json('slot', 'list');
  await killAt(device, call, inner, scenario);
  await assertNothingLost(device, before);
  await device.expect(0, ...scenario.command);
  await assertAsIfNothingHadHappened(device, scenario);
});

test('a first provisioning, killed at any point, loses nothing and ends well when run again',
  (bench) => killEverywhere(bench, FIRST_PROVISIONING));

test('an added module, killed at any point, loses nothing and ends well when run again',
  (bench) => killEverywhere(bench, ADDED_MODULE));

test('a move to another hub, killed at any point, loses nothing and ends well when run again',
  (bench) => killEverywhere(bench, MOVE_TO_ANOTHER_HUB));
