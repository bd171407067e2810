// SPDX-License-Identifier: Apache-2.0
// How long device-agent-image takes for a root file system of 50 000 files.
// image.mjs FILE: prints the results, and writes them between the marks in FILE.
import { copyFile, link, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { output, program } from '../tests/e2e/harness/process.mjs';
import { publish } from './publish.mjs';

const ROUNDS = Number(process.env.BENCH_RUNS ?? 5);
const FILES = 50_000;
const PER_FOLDER = 500;
// Of an image's files, about so many in a hundred are programs and libraries, and so many Node or Python packages.
const ELF_PERCENT = 6;
const PACKAGE_PERCENT = 2;

/// Real programs, package files and plain files, as an image has them; and a package list for all.
async function makeRoot(root) {
  const elf = join(root, 'program');  // linked to, not copied: a few thousand copies would fill the disk
  await copyFile(program('device-agent'), elf);
  const list = [];
  for (let folder = 0; folder < FILES / PER_FOLDER; folder += 1) {
    const parent = `/usr/lib/package${folder}`;
    await mkdir(join(root, parent), { recursive: true });
    for (let number = 0; number < PER_FOLDER; number += 1) {
      const percent = number % 100;
      let path = `${parent}/file${number}`;
      if (percent < ELF_PERCENT) {
        await link(elf, join(root, path));
      } else if (percent < ELF_PERCENT + PACKAGE_PERCENT) {
        path = `${parent}/app${number}/package.json`;
        await mkdir(join(root, parent, `app${number}`));
        await writeFile(join(root, path), JSON.stringify({ name: `app${number}`, dependencies: { mqtt: '5', ws: '8' } }));
      } else {
        await writeFile(join(root, path), `${path}\n`.repeat(20));
      }
      list.push(path);
    }
  }
  await mkdir(join(root, 'var/lib/dpkg/info'), { recursive: true });
  await writeFile(join(root, 'var/lib/dpkg/status'), 'Package: all\nStatus: install ok installed\n');
  await writeFile(join(root, 'var/lib/dpkg/info/all.list'), `${list.join('\n')}\n`);
  return list.length;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const folder = await mkdtemp(join(tmpdir(), 'da-image-bench-'));
try {
  const files = await makeRoot(folder);
  const seconds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    await output(program('device-agent-image'), ['scan', '--root', folder, '--json']);
    seconds.push((performance.now() - start) / 1000);
  }
  const [processor] = cpus();
  const memory = /MemTotal:\s+(\d+)/.exec(await readFile('/proc/meminfo', 'utf8'))[1];
  await publish([
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} × ${processor.model.trim()}, ` +
      `${(memory / 1024 / 1024).toFixed(0)} GiB; ${ROUNDS} runs, the file system's cache warm.`,
    '',
    '| | median | worst | budget |',
    '|---|---|---|---|',
    `| \`device-agent-image scan\`, ${files} files | ${median(seconds).toFixed(2)} s | ${Math.max(...seconds).toFixed(2)} s | 5 s |`,
  ].join('\n'), process.argv[2], 'results of the image tool');
} finally {
  await rm(folder, { recursive: true, force: true });
}
