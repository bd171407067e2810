// SPDX-License-Identifier: Apache-2.0
// Programs that run to their end, and programs that serve until they are stopped. Every process is ours and is ended
// by its own id.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';

const MOST_SECONDS = 120;

// Where the programs under test are; ctest sets it.
const bin = process.env.DEVICE_AGENT_BIN;
if (!bin) throw new Error('set DEVICE_AGENT_BIN to the folder with device-agent and iot-emulator, e.g. build/dev/bin');
const environment = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };

export const program = (name) => join(bin, name);

/// Runs a program to its end. Resolves to { code, stdout, stderr }; a program killed by a signal has code null.
export async function run(command, args, { input = '', env = {}, cwd } = {}) {
  const child = spawn(command, args, { cwd, env: { ...environment, ...env }, timeout: MOST_SECONDS * 1000, killSignal: 'SIGKILL' });
  const stdout = [];
  const stderr = [];
  child.stdout.on('data', (chunk) => stdout.push(chunk));
  child.stderr.on('data', (chunk) => stderr.push(chunk));
  child.stdin.on('error', () => {});  // the program may end without reading all of it
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/// The command and arguments that run a program without root's right to open every file; a user has none to lose.
export function withoutRootsRights(command, args) {
  if (process.getuid() !== 0) return [command, args];
  return ['setpriv', ['--bounding-set=-dac_override,-dac_read_search', command, ...args]];
}

/// Runs a program that must succeed, and resolves to what it wrote.
export async function output(command, args, options) {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

/// A program that serves until stop() is called.
export class Service {
  #child;
  #written = '';
  #listeners = new Set();

  constructor(command, args, options = {}) {
    this.name = [command, ...args].join(' ');
    this.#child = spawn(command, args, { ...options, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (chunk) => {
        this.#written += chunk;
        this.#listeners.forEach((listener) => listener());
      });
    }
    /// Resolves when the program has ended.
    this.ended = new Promise((resolve) => {
      this.#child.on('error', resolve);
      this.#child.on('close', resolve);
    });
  }

  /// Everything that the program wrote so far, on both streams.
  get written() {
    return this.#written;
  }

  get pid() {
    return this.#child.pid;
  }

  get hasEnded() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /// Resolves when the program has written a line that matches; rejects when it ends before.
  line(pattern) {
    return new Promise((resolve, reject) => {
      const listener = () => {
        if (!pattern.test(this.#written)) return;
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
      this.ended.then(() => reject(new Error(`${this.name} ended before it was ready:\n${this.#written}`)));
      listener();
    });
  }

  /// Resolves to the exit code when the program ends by itself; null when a signal ended it.
  async exit() {
    await this.ended;
    return this.#child.exitCode;
  }

  /// Sends a signal, and resolves to the exit code and the seconds that it took when the program has ended.
  async end(signal) {
    const sent = performance.now();
    this.#child.kill(signal);
    const code = await this.exit();
    return { code, seconds: (performance.now() - sent) / 1000 };
  }

  /// Resolves when the program has ended; it is killed if it does not obey within ten seconds.
  async stop() {
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    this.#child.kill('SIGTERM');
    await this.ended;
    clearTimeout(killer);
  }
}
