import { constants } from 'node:fs';
import { open, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Paths } from '@blockhost/kernel';
import { clientAddress } from './client-address.js';

/** Who logged in last, and when: milliseconds, the modification time of the file. */
export interface Login {
  /** null: the file holds nothing that could be a client. */
  readonly address: string | null;
  readonly at: number;
}

/** An IPv6 address has at most 45 characters. */
const LONGEST = 64;

/**
 * `$RUN/knock.active`: one IP address (engine.md 6.5). The login watcher writes it, and the admin panel does; whoever
 * replaces it replaces the whole file.
 */
export class LoginSignal {
  readonly path: string;

  constructor(paths: Pick<Paths, 'run'>) {
    this.path = join(paths.run, 'knock.active');
  }

  /** null when there is no such file, or none that may be trusted to be one. */
  async read(): Promise<Login | null> {
    const file = await open(
      this.path,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    ).catch(() => null);
    if (file === null) return null;
    try {
      const { mtimeMs } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST), 0, LONGEST, 0);
      return {
        address: clientAddress(buffer.toString('utf8', 0, bytesRead).trim()),
        at: Math.round(mtimeMs),
      };
    } catch {
      return null;
    } finally {
      await file.close();
    }
  }

  /** The file appears with its time: no reader takes an older login for one of now. */
  async write(address: string, at: number): Promise<void> {
    const temporary = `${this.path}.${crypto.randomUUID()}.tmp`;
    try {
      await writeFile(temporary, `${address}\n`, { mode: 0o640, flag: 'wx' });
      await utimes(temporary, at / 1_000, at / 1_000);
      await rename(temporary, this.path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** Who logged in is still there. */
  async refresh(at: number): Promise<void> {
    await utimes(this.path, at / 1_000, at / 1_000);
  }
}
