// SPDX-License-Identifier: Apache-2.0
// Killed with SIGKILL at every system call that leaves the process: each command to the TPM and each answer, each
// request and each file operation. Then the slots must still be of use, and the same command, run again, must end as if
// nothing had happened, with nothing left behind.
import { test } from '../e2e/harness/test.mjs';
import { ADDED_MODULE, FIRST_PROVISIONING, killEverywhere, MOVE_TO_ANOTHER_HUB } from './harness/interruption.mjs';

test('a first provisioning, killed at any point, loses nothing and ends well when run again',
  (bench) => killEverywhere(bench, FIRST_PROVISIONING));

test('an added module, killed at any point, loses nothing and ends well when run again',
  (bench) => killEverywhere(bench, ADDED_MODULE));

test('a move to another hub, killed at any point, loses nothing and ends well when run again',
  (bench) => killEverywhere(bench, MOVE_TO_ANOTHER_HUB));
