// SPDX-License-Identifier: Apache-2.0
// A device: its software TPM, its configuration file and state directory, and the agent's command line.
import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { program, run, Service } from './process.mjs';

export class Device {
  constructor(folder, tpm, emulator) {
    this.folder = folder;
    this.tpm = tpm;
    this.stateDirectory = join(folder, 'state');
    this.configFile = join(folder, 'device-agent.json');
    // The scenario of most tests: application A on the device identity, the agent's module, application B's module.
    this.configuration = {
      deviceSlotNumber: 0,
      dmModuleSlotNumber: 1,
      dmModuleId: 'dmModule',
      otherModuleIds: { AppB: 2 },
      stateDirectory: this.stateDirectory,
      socket: join(folder, 'agent.sock'),
      // Whoever runs the tests, where that is not root.
      ...(process.getuid() === 0 ? {} : { administrators: { users: [userInfo().username] } }),
      // Without a TPM there is nothing where the configuration says: whoever opens it fails.
      tpm: { tcti: tpm?.tcti ?? `swtpm:path=${join(folder, 'no-tpm')}` },
    };
    if (emulator) this.pointTo(emulator);
  }

  pointTo(emulator) {
    const { dpsUri, idScope, caFile, httpsPort, mqttPort } = emulator.info;
    this.emulator = emulator;
    Object.assign(this.configuration, {
      dpsUri, dpsScopeId: idScope, trustedCaFile: caFile, ports: { https: httpsPort, mqtt: mqttPort },
    });
  }

  /// Changes keys of the configuration (undefined removes one; "tpm" is merged) and writes the file.
  async configure(changes = {}) {
    const { tpm = {}, ...others } = changes;
    this.configuration = { ...this.configuration, ...others, tpm: { ...this.configuration.tpm, ...tpm } };
    await writeFile(this.configFile, JSON.stringify(this.configuration, null, 2), { mode: 0o600 });
  }

  /// Runs device-agent with this device's configuration: { code, stdout, stderr }.
  agent(...args) {
    return this.agentWithInput('', ...args);
  }

  /// The same with this text on its standard input.
  agentWithInput(input, ...args) {
    return run(program('device-agent'), [...args, '--config', this.configFile], { input });
  }

  /// Starts device-agent and lets it run.
  start(...args) {
    return new Service(program('device-agent'), [...args, '--config', this.configFile]);
  }

  /// The same as agent(), and it must end with this exit code.
  async expect(code, ...args) {
    const result = await this.agent(...args);
    assert.equal(result.code, code, `device-agent ${args.join(' ')} ended with ${result.code}, not ${code}:\n${result.stdout}${result.stderr}`);
    return result;
  }

  /// What the command prints with --json; it must succeed.
  async json(...args) {
    return JSON.parse((await this.expect(0, ...args, '--json')).stdout);
  }

  /// One line of standard output; the command must succeed.
  async line(...args) {
    const { stdout } = await this.expect(0, ...args);
    assert.match(stdout, /^[^\n]+\n$/, `device-agent ${args.join(' ')} must print one line`);
    return stdout.trimEnd();
  }

  async enrollmentInfo() {
    return (await this.expect(0, 'enrollment-info', '--format', 'json')).stdout;
  }

  async enroll(...args) {
    return this.emulator.enroll(await this.enrollmentInfo(), ...args);
  }

  connectionString(slot, ...args) {
    return this.line('slot', 'connection-string', String(slot), ...args);
  }

  token(slot, ...args) {
    return this.line('slot', 'token', String(slot), ...args);
  }

  /// Every file of the state directory with its content and mode; nothing where there is no such folder.
  async stateFiles() {
    let names;
    try {
      names = await readdir(this.stateDirectory, { recursive: true });
    } catch (error) {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    }
    const files = {};
    for (const name of names.sort()) {
      const path = join(this.stateDirectory, name);
      const { mode } = await stat(path);
      const isFolder = (mode & 0o170000) === 0o040000;
      files[name] = { mode: mode & 0o777, content: isFolder ? 'folder' : (await readFile(path)).toString('base64') };
    }
    return files;
  }
}
