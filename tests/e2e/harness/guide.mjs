// SPDX-License-Identifier: Apache-2.0
// A document whose commands are run by a test, as they stand there and in their order.
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { run } from './process.mjs';

/// The fenced blocks of a text, in order: { language, text }.
export const blocksOf = (text) => [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, block]) => ({ language, text: block }));

/// The commands among them, as one script.
export const commandsOf = (text) => blocksOf(text).filter(({ language }) => language === 'sh').map((block) => block.text).join('\n');

/// A section of a document, by its title.
export function sectionOf(document, title) {
  const section = document.split(/^##+ /m).find((text) => text.startsWith(`${title}\n`));
  if (section === undefined) throw new Error(`no section "${title}"`);
  return section;
}

// npm gives what the tests have installed, at pinned versions, and fails for a package that is not among it. The other
// one is for the test, which has its network namespace for itself and all rights in it.
const NPM = `#!/bin/sh
set -eu
test "$1" = install
shift
if [ $# -eq 0 ]; then set -- $(node -p 'Object.keys(require("./package.json").dependencies).join(" ")'); fi
for package; do test -f "$SDK_TEST_MODULES/node_modules/$package/package.json"; done
ln -sfn "$SDK_TEST_MODULES/node_modules" node_modules
`;
const SUDO = '#!/bin/sh\nexec "$@"\n';

async function standIns(folder) {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries({ npm: NPM, sudo: SUDO })) await writeFile(join(folder, name), text, { mode: 0o755 });
  return folder;
}

/// Runs a script by bash in the folder `cwd`, as a newcomer would who has this project's programs in the PATH. Whatever
/// fails, what it left in the background ends with the shell. Resolves to { code, stdout, stderr }.
export async function runCommands(bench, script, { cwd, env = {} }) {
  const path = [await standIns(join(bench.folder, 'stand-ins')), resolve(process.env.DEVICE_AGENT_BIN), process.env.PATH].join(':');
  return run('bash', ['-c', `set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n${script}`],
    { cwd, env: { NODE_EXTRA_CA_CERTS: undefined, PATH: path, ...env } });
}
