// SPDX-License-Identifier: Apache-2.0
// The state directory is deleted while slots are changing: the agent is killed between two of the steps by which new
// contents take their slots, and what waited beside them is gone. DPS and the hub give it again.
import { rm } from 'node:fs/promises';
import { test } from '../e2e/harness/test.mjs';
import { interrupt, killAt, MOVE_TO_ANOTHER_HUB, SWAP } from './harness/interruption.mjs';

/// From the moment when the first new content is durable.
const sinceStaging = (calls) => calls.slice(calls.findIndex(({ call, line }) => call === 'rename' && /slot-\d+\.next"/.test(line)) + 1);

const deleteState = (bench, scenario) => interrupt(bench, scenario, sinceStaging, async (device, call) => {
  await killAt(device, call, scenario);
  await rm(device.stateDirectory, { recursive: true });
  await device.expect(0, ...scenario.command);
  await scenario.check(device);
});

test('state deleted in the middle of a swap is recovered from the hub', (bench) => deleteState(bench, SWAP));

test('state deleted in the middle of a move to another hub is recovered from DPS and the hub',
  (bench) => deleteState(bench, MOVE_TO_ANOTHER_HUB));
