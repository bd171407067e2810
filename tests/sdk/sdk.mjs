// SPDX-License-Identifier: Apache-2.0
// The Azure IoT SDKs for Node.js, as they come from the npm registry, as a program of anybody's would use them.
import { createRequire } from 'node:module';
import { join } from 'node:path';

/// The CommonJS module of that name, of the pinned versions.
export const sdk = createRequire(join(process.env.SDK_TEST_MODULES, 'package.json'));

/// Resolves with what `work` passes to its callback, as these SDKs have it: work((error, result, ...) => …).
export const called = (work) => new Promise((resolve, reject) => {
  work((error, result) => (error ? reject(error) : resolve(result)));
});
