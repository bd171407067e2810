// SPDX-License-Identifier: Apache-2.0
// A program that stands still as it is about to exit, and its memory: all that a core dump taken then would hold.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';

/// Every mapping that the process may read, as [{ name, bytes }].
export async function memoryOf(pid) {
  const memory = await open(`/proc/${pid}/mem`, 'r');
  const mappings = [];
  try {
    for (const line of (await readFile(`/proc/${pid}/maps`, 'utf8')).trim().split('\n')) {
      const [range, access, , , , name = ''] = line.split(/ +/);
      if (!access.startsWith('r')) continue;
      const [begin, end] = range.split('-').map((address) => parseInt(address, 16));
      const bytes = Buffer.alloc(end - begin);
      try {
        const { bytesRead } = await memory.read(bytes, 0, bytes.length, begin);
        mappings.push({ name, bytes: bytes.subarray(0, bytesRead) });
      } catch (error) {
        // Pages of the kernel, such as [vvar], and of a file behind its end. A secret was written by the process.
        if (error.code !== 'EIO' || access.startsWith('rw')) throw error;
      }
    }
  } finally {
    await memory.close();
  }
  return mappings;
}

/// Runs a program up to its call of exit_group. Resolves to { code, output, memory }: the code with which it was about to
/// exit, what it wrote, and its memory at that moment. Then it is killed.
export async function memoryAtExit(command, args) {
  const strace = spawn('strace', ['-f', '-e', 'trace=exit_group,prctl',
    // The call is made to fail, so that the signal finds the process still there.
    '-e', 'inject=exit_group:error=EAGAIN:signal=SIGSTOP',
    // The agent forbids others to look by prctl; then only root could.
    '-e', 'inject=prctl:retval=0', command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(strace, 'close');
  let output = '';
  const stopped = new Promise((resolve) => {
    for (const stream of [strace.stdout, strace.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        if (output.includes('--- stopped by SIGSTOP ---')) resolve(true);
      });
    }
    ended.then(() => resolve(false));
  });
  if (!(await stopped)) throw new Error(`${command} did not stop at its exit:\n${output}`);
  const pid = Number((await readFile(`/proc/${strace.pid}/task/${strace.pid}/children`, 'utf8')).trim());
  try {
    const [, code] = /exit_group\((\d+)\)/.exec(output);
    return { code: Number(code), output, memory: await memoryOf(pid) };
  } finally {
    process.kill(pid, 'SIGKILL');
    await ended;
  }
}
