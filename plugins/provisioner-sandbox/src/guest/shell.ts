import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { GuestAnswer } from './protocol.js';

const OUTPUT_CAP = 1024 * 1024;

/** Runs one command by the guest's shell, below the guest's root folder; answers its output, at most 1 MiB of each stream. */
export function runShell(command: string, rootfs: string, timeoutMs: number): Promise<GuestAnswer> {
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', command], {
      cwd: rootfs,
      env: { ...process.env, HOME: rootfs },
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own process group, so that the time limit ends whatever the command started.
      detached: true,
    });
    const stdout = capped(child.stdout);
    const stderr = capped(child.stderr);
    let timedOut = false;
    const limit = setTimeout(() => {
      timedOut = true;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, timeoutMs);
    const answer = (result: GuestAnswer) => {
      clearTimeout(limit);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(result);
    };
    child.on('error', (error) => answer({ ok: false, code: 'not-started', problem: error.message }));
    child.on('exit', (code, signal) => {
      if (timedOut)
        answer({ ok: false, code: 'timed-out', problem: `it was still running after ${timeoutMs} ms` });
      else if (code === null) answer({ ok: false, code: 'killed', problem: `signal ${signal} ended it` });
      // A child that the command left behind may keep the pipes open: what has arrived a turn later is the answer.
      else
        setImmediate(() =>
          answer({ ok: true, value: { code, stdout: stdout.text(), stderr: stderr.text() } }),
        );
    });
  });
}

function capped(stream: Readable): { text(): string } {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < OUTPUT_CAP) chunks.push(chunk.subarray(0, OUTPUT_CAP - size));
    size += chunk.length;
  });
  return { text: () => Buffer.concat(chunks).toString('utf8') };
}
