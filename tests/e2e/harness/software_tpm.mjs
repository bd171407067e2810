// SPDX-License-Identifier: Apache-2.0
// A software TPM of its own for a test, and what tpm2-tools see in it.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { output, run, Service } from './process.mjs';

const nameIn = (publicArea) => /^name: ([0-9a-f]+)/m.exec(publicArea)[1];
const hex = (handle) => `0x${handle.toString(16).padStart(8, '0')}`;

/// Whether something listens there; a refusal is reported after a moment, so that asking again is cheap.
function accepts(path) {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => pause(10).then(() => resolve(false)));
  });
}

export class SoftwareTpm {
  #service;

  constructor(folder) {
    this.folder = folder;
    this.socket = join(folder, 'sock');
    this.tcti = `swtpm:path=${this.socket}`;
  }

  static async start(folder) {
    await mkdir(folder, { recursive: true });
    const tpm = new SoftwareTpm(folder);
    await tpm.start();
    return tpm;
  }

  /// `startup` false leaves out TPM2_Startup, which is the firmware's task.
  async start({ startup = true } = {}) {
    this.#service = new Service('swtpm', [
      'socket', '--tpm2', '--tpmstate', `dir=${this.folder}`, '--flags', startup ? 'startup-clear' : 'not-need-init',
      '--server', `type=unixio,path=${this.socket}`, '--ctrl', `type=unixio,path=${this.socket}.ctrl`,
    ]);
    // swtpm does not say when it is ready: it is when its control socket, opened last, takes a connection.
    while (!(await accepts(`${this.socket}.ctrl`))) {
      if (this.#service.hasEnded) throw new Error(`swtpm ended: ${this.#service.written}`);
    }
  }

  stop() {
    return this.#service.stop();
  }

  /// Runs a tool of tpm2-tools, which must succeed, and resolves to what it wrote.
  tool(name, ...args) {
    return output(`tpm2_${name}`, args, { env: { TPM2TOOLS_TCTI: this.tcti }, cwd: this.folder });
  }

  /// The same for one that may fail: { code, stdout, stderr }.
  tryTool(name, ...args) {
    return run(`tpm2_${name}`, args, { env: { TPM2TOOLS_TCTI: this.tcti }, cwd: this.folder });
  }

  /// Handles of a capability ("handles-persistent", "handles-nv-index", …), as numbers in order.
  async handles(capability) {
    const text = await this.tool('getcap', capability);
    return [...text.matchAll(/0x([0-9A-F]+)/gi)].map(([, digits]) => parseInt(digits, 16)).sort((a, b) => a - b);
  }

  async nvText(index) {
    return (await this.tool('nvread', hex(index))).toString();
  }

  /// The public description of an NV index, as tpm2_nvreadpublic prints it.
  nvPublic(index) {
    return this.tool('nvreadpublic', hex(index));
  }

  /// HMAC-SHA256 of a text by the key at a handle, as base64; `auth` as tpm2_hmac's --auth takes it.
  async hmac(handle, text, auth) {
    await writeFile(join(this.folder, 'data'), text);
    await this.tool('hmac', '-c', hex(handle), '-g', 'sha256', ...(auth ? ['-p', auth] : []), '-o', 'mac', 'data');
    return (await readFile(join(this.folder, 'mac'))).toString('base64');
  }

  /// The same without being sure that it succeeds.
  async tryHmac(handle, text, auth) {
    await writeFile(join(this.folder, 'data'), text);
    return this.tryTool('hmac', '-c', hex(handle), '-g', 'sha256', ...(auth ? ['-p', auth] : []), '-o', 'mac', 'data');
  }

  /// The TPM name of the object at a handle, in hexadecimal.
  async objectName(handle) {
    return nameIn(await this.tool('readpublic', '-c', hex(handle)));
  }

  /// The TPM2B_PUBLIC of the object at a handle.
  async publicArea(handle) {
    await this.tool('readpublic', '-c', hex(handle), '-f', 'tss', '-o', 'object.pub');
    return readFile(join(this.folder, 'object.pub'));
  }

  /// The name of the endorsement key that tpm2-tools make from the TCG's default template (L-1). Nothing stays loaded.
  standardEndorsementKeyName() {
    return this.#transientName('createek', '-G', 'rsa', '-u', 'ek.pub');
  }

  /// The same for the storage root key: `unique` is 256 zero bytes after their number in little endian.
  async standardStorageRootKeyName() {
    await writeFile(join(this.folder, 'unique'), Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(256)]));
    return this.#transientName('createprimary', '-C', 'o', '-G', 'rsa2048:aes128cfb', '-g', 'sha256', '-u', 'unique',
      '-a', 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt');
  }

  async #transientName(...command) {
    await this.tool(...command, '-c', 'primary.ctx');
    const text = await this.tool('readpublic', '-c', 'primary.ctx');
    await this.tool('flushcontext', '-t');
    return nameIn(text);
  }

  /// Everything that a command could have changed: what is loaded, and every persistent object and NV index with its
  /// content. Two snapshots are equal exactly when nothing changed.
  async snapshot() {
    const persistent = {};
    for (const handle of await this.handles('handles-persistent')) persistent[hex(handle)] = await this.objectName(handle);
    const nv = {};
    for (const index of await this.handles('handles-nv-index')) nv[hex(index)] = (await this.tryTool('nvread', hex(index))).stdout;
    return { persistent, nv, ...(await this.loaded()) };
  }

  /// What somebody left loaded: transient objects and sessions.
  async loaded() {
    return {
      transient: await this.handles('handles-transient'),
      loadedSessions: await this.handles('handles-loaded-session'),
      savedSessions: await this.handles('handles-saved-session'),
    };
  }
}

export const NOTHING_LOADED = { transient: [], loadedSessions: [], savedSessions: [] };
