import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Says in a test's name why it does not run, where it does not. */
export const mayMount = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0;
export const unlessSkipped = mayMount ? '' : ' (skipped: only root can mount)';

/**
 * One folder on a disk of its own, in a mount namespace of its own: the machine does not see it, and it is gone with the
 * process that holds it. Programs see it behind {@link prefix}, files of the test below {@link view}.
 */
export class SmallDisk {
  readonly #holder: ChildProcess;
  readonly #folder: string;

  private constructor(holder: ChildProcess, folder: string) {
    this.#holder = holder;
    this.#folder = folder;
  }

  /** Moves `folder` onto a disk of `size` (`256k`). */
  static async mount(folder: string, size: string): Promise<SmallDisk> {
    const script =
      'set -e; cp -a "$1" "$1.copy"; mount -t tmpfs -o "size=$2" tmpfs "$1"; cp -a "$1.copy/." "$1"; rm -r "$1.copy"; echo ready; exec cat';
    const holder = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', folder, size], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')]);
    if (holder.exitCode !== null) throw new Error(`The disk for ${folder} could not be mounted.`);
    return new SmallDisk(holder, folder);
  }

  get prefix(): readonly string[] {
    return ['nsenter', `--mount=/proc/${this.#holder.pid}/ns/mnt`];
  }

  /** The path by which the test itself reaches `path`. */
  view(path: string): string {
    return `/proc/${this.#holder.pid}/root${path}`;
  }

  /** Takes all space that is left. */
  async fill(): Promise<void> {
    const file = await open(this.view(join(this.#folder, '.filler')), 'w');
    try {
      for (const size of [65_536, 4_096])
        for (;;) if (!(await file.write(Buffer.alloc(size)).then(Boolean, isFull))) break;
    } finally {
      await file.close();
    }
  }

  /** Gives it back. */
  async empty(): Promise<void> {
    await rm(this.view(join(this.#folder, '.filler')));
  }

  lock(how: 'ro' | 'rw'): void {
    const [program = '', ...args] = [...this.prefix, 'mount', '-o', `remount,${how}`, this.#folder];
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 10_000 });
    if (status !== 0) throw new Error(stderr);
  }

  async unmount(): Promise<void> {
    const ended = once(this.#holder, 'exit');
    this.#holder.stdin?.end();
    await ended;
  }
}

function isFull(error: NodeJS.ErrnoException): false {
  if (error.code !== 'ENOSPC') throw error;
  return false;
}
