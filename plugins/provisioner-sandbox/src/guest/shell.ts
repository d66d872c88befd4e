import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { GuestAnswer } from './protocol.js';

const OUTPUT_CAP = 1024 * 1024;
/** After the command's end, how long its output may still arrive when something it left behind holds the pipes. */
const DRAIN_MS = 250;

/** Runs one command by the guest's shell, below the guest's root folder; answers its output, at most 1 MiB of each stream. */
export async function runShell(command: string, rootfs: string, timeoutMs: number): Promise<GuestAnswer> {
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: rootfs,
    env: { ...process.env, HOME: rootfs },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own process group, so that the time limit ends whatever the command started.
    detached: true,
  });
  const stdout = capped(child.stdout);
  const stderr = capped(child.stderr);
  const closed = new Promise((resolve) => child.once('close', resolve));
  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, timeoutMs);
  try {
    const { code, signal } = await ended(child);
    if (timedOut)
      return { ok: false, code: 'timed-out', problem: `it was still running after ${timeoutMs} ms` };
    if (code === null) return { ok: false, code: 'killed', problem: `signal ${signal} ended it` };
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, DRAIN_MS))]);
    return { ok: true, value: { code, stdout: stdout.text(), stderr: stderr.text() } };
  } catch (error) {
    return { ok: false, code: 'not-started', problem: String(error) };
  } finally {
    clearTimeout(limit);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function ended(
  child: ReturnType<typeof spawn>,
): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
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
