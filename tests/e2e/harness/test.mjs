// SPDX-License-Identifier: Apache-2.0
// test(title, body): one test with a fresh temporary folder, in which it starts what it needs. Whatever happens, what
// it started is stopped and the folder is removed; a failure prints the line that runs the test again alone.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test as nodeTest } from 'node:test';
import { Device } from './device.mjs';
import { Emulator } from './emulator.mjs';
import { SoftwareTpm } from './software_tpm.mjs';
import { TpmProxy } from './tpm_proxy.mjs';

export class Bench {
  #started = [];

  constructor(folder) {
    this.folder = folder;
  }

  /// Has the service stopped at the end of the test.
  keep(service) {
    this.#started.push(service);
    return service;
  }

  async startTpm(name = 'tpm') {
    return this.keep(await SoftwareTpm.start(join(this.folder, name)));
  }

  async startTpmProxy(tpm) {
    return this.keep(await TpmProxy.start(tpm, join(tpm.folder, 'proxy')));
  }

  async startEmulator({ name = 'emulator', args = [] } = {}) {
    return this.keep(await Emulator.start(join(this.folder, name), ...args));
  }

  /// A device with a blank TPM (or none, with the file store) and a written configuration, that belongs to the emulator
  /// but is not enrolled.
  async blankDevice({ emulator, ...configuration } = {}) {
    const tpm = configuration.identityStore === 'file' ? undefined : await this.startTpm();
    const device = new Device(this.folder, tpm, emulator ?? (await this.startEmulator()));
    await device.configure(configuration);
    return device;
  }

  /// The same, enrolled.
  async enrolledDevice(configuration) {
    const device = await this.blankDevice(configuration);
    await device.enroll();
    return device;
  }

  /// The same, provisioned, and what the emulator recorded forgotten.
  async provisionedDevice(configuration) {
    const device = await this.enrolledDevice(configuration);
    await device.expect(0, 'provision');
    await device.emulator.forgetRequests();
    return device;
  }

  /// The device whose files are in this folder already: a TPM and an emulator that go on from theirs.
  async resumedDevice(configuration) {
    const tpm = existsSync(join(this.folder, 'tpm')) ? await this.startTpm() : undefined;
    const device = new Device(this.folder, tpm, await this.startEmulator());
    const { dpsUri, dpsScopeId, trustedCaFile, ports } = device.configuration;
    await device.configure({ ...configuration, dpsUri, dpsScopeId, trustedCaFile, ports });
    return device;
  }

  /// Puts a proxy between the device and its TPM.
  async behindProxy(device) {
    const proxy = await this.startTpmProxy(device.tpm);
    await device.configure({ tpm: { tcti: proxy.tcti } });
    return proxy;
  }

  /// Runs `body` with a bench of its own in a folder below this one, and tears that down; the folder itself only goes with
  /// this one's when it is to be kept.
  async inFolder(name, body, { keep = false } = {}) {
    const folder = join(this.folder, name);
    await mkdir(folder);
    const inner = new Bench(folder);
    try {
      return await body(inner);
    } finally {
      await inner.tearDown({ keep });
    }
  }

  async tearDown({ keep = process.env.KEEP_TEST_FOLDERS } = {}) {
    for (const service of this.#started.reverse()) await service.stop();
    if (!keep) await rm(this.folder, { recursive: true, force: true });
  }
}

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const pattern = (title) => `^${title.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$`;

export function test(title, body) {
  nodeTest(title, async () => {
    const bench = new Bench(await mkdtemp(join(tmpdir(), 'da-')));
    try {
      await body(bench);
    } catch (error) {
      const file = relative(process.cwd(), process.argv[1]);
      console.error(`\nTo run this test again, alone:\n  DEVICE_AGENT_BIN=${quote(process.env.DEVICE_AGENT_BIN)} node --test ` +
        `--test-name-pattern=${quote(pattern(title))} ${quote(file)}\n`);
      throw error;
    } finally {
      await bench.tearDown();
    }
  });
}
