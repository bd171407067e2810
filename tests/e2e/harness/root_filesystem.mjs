// SPDX-License-Identifier: Apache-2.0
// A root file system for the image builder's tool: real Debian packages, unpacked as dpkg would leave them.
import { appendFile, chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { output, program, run } from './process.mjs';

const archive = resolve(process.env.DEVICE_AGENT_BIN, '..', 'debian-packages');

/// The file of a package in the version that apt knows; downloaded once, and kept in the build folder.
async function debianPackage(name) {
  const find = async () => {
    const files = await readdir(archive).catch(() => []);
    return files.find((file) => file.startsWith(`${name}_`) && file.endsWith('.deb'));
  };
  if (!(await find())) {
    await mkdir(archive, { recursive: true });
    const folder = await mkdtemp(join(archive, '.download-'));
    try {
      const { code, stdout, stderr } = await run('apt-get', ['download', '-qq', name], { cwd: folder });
      if (code !== 0) throw new Error(`apt-get download ${name} failed; is there a network, and was apt-get update run?\n${stdout}${stderr}`);
      for (const file of await readdir(folder)) await rename(join(folder, file), join(archive, file));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const file = await find();
  if (!file) throw new Error(`apt-get download ${name} left no ${name}_*.deb in ${archive}`);
  return join(archive, file);
}

export class RootFilesystem {
  constructor(folder) {
    this.folder = folder;
  }

  static async create(folder) {
    const root = new RootFilesystem(folder);
    await root.put('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n');
    await root.put('/etc/group', 'root:x:0:\ntss:x:105:\n');
    return root;
  }

  path(name) {
    return join(this.folder, name);
  }

  async put(name, content, mode = 0o644) {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), content);
    await chmod(this.path(name), mode);
  }

  manifest(name, content) {
    return this.put(`/usr/share/device-agent/applications/${name}.json`, JSON.stringify(content, null, 2));
  }

  /// Unpacks packages, and notes them in dpkg's database.
  async install(...names) {
    for (const name of names) {
      const file = await debianPackage(name);
      await output('dpkg-deb', ['-x', file, this.folder]);
      const listed = await output('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar -t', 'sh', file]);
      const paths = listed.split('\n').filter(Boolean).map((path) => path.replace(/^\./, '').replace(/(.)\/$/, '$1'));
      await this.put(`/var/lib/dpkg/info/${name}.list`, `${paths.join('\n')}\n`);
      await appendFile(this.path('/var/lib/dpkg/status'), `Package: ${name}\nStatus: install ok installed\n\n`);
    }
  }

  /// What a package's postinst does.
  async addUser(name, number = 990) {
    await appendFile(this.path('/etc/passwd'), `${name}:x:${number}:${number}::/nonexistent:/usr/sbin/nologin\n`);
    await appendFile(this.path('/etc/group'), `${name}:x:${number}:\n`);
  }

  /// Runs device-agent-image on it: { code, stdout, stderr }.
  tool(...args) {
    return run(program('device-agent-image'), [...args, '--root', this.folder]);
  }

  /// What it prints with --json; it must end with this code.
  async json(code, ...args) {
    const result = await this.tool(...args, '--json');
    if (result.code !== code) throw new Error(`device-agent-image ${args.join(' ')} ended with ${result.code}, not ${code}:\n${result.stdout}${result.stderr}`);
    return JSON.parse(result.stdout);
  }
}
