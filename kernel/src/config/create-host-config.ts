import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BlockhostError } from '../errors/blockhost-error.js';
import { acquireLock } from '../lock/process-lock.js';
import type { ConfigFile, HostConfig } from '../ports/config.js';
import type { Paths } from '../ports/paths.js';
import { checkContent } from './check-content.js';
import { formatContent } from './format-content.js';
import { keepUnknown } from './keep-unknown.js';
import { parseContent } from './parse-content.js';
import { writeFileAtomic } from './write-file-atomic.js';

/** A change takes milliseconds; who waits longer waits for something that hangs. */
const LOCK_TIMEOUT_MS = 10_000;

export interface HostConfigOptions {
  readonly paths: Paths;
  /** Also reads `./config/<name>` (specification host.md 1.7); by `BLOCKHOST_DEV=1` unless told. */
  readonly development?: boolean;
}

/** The host's configuration files on disk. */
export function createHostConfig({
  paths,
  development = process.env.BLOCKHOST_DEV === '1',
}: HostConfigOptions): HostConfig {
  const target = (file: ConfigFile<unknown>) => join(paths.config, file.name);
  const searched = (file: ConfigFile<unknown>) =>
    development ? [target(file), resolve('config', file.name)] : [target(file)];

  async function find<T>(file: ConfigFile<T>): Promise<T | null> {
    for (const path of searched(file)) {
      const text = await readText(path);
      if (text !== null) return checkContent(file, await parseContent(file, text, path), path);
    }
    return null;
  }

  /** Runs `change` while no other process changes the same file. */
  async function locked<T, R>(file: ConfigFile<T>, change: () => Promise<R>): Promise<R> {
    const path = target(file);
    using _ = await acquireLock(`${path}.lock`, {
      timeoutMs: LOCK_TIMEOUT_MS,
      purpose: `writing ${file.name}`,
    });
    return await change();
  }

  async function replace<T>(file: ConfigFile<T>, content: T, present: string | null): Promise<void> {
    const path = target(file);
    await checkContent(file, content, path);
    await writeFileAtomic(path, await formatContent(file, content, present), file.mode);
  }

  return {
    find,
    async read(file) {
      const content = await find(file);
      if (content !== null) return content;
      throw new BlockhostError('config.missing', `There is no ${file.name}.`, {
        remedy: 'Run the set-up, or restore the file from a backup.',
        facts: { searched: searched(file).join(', ') },
      });
    },
    write: (file, content) =>
      locked(file, async () => {
        const path = target(file);
        const text = await readText(path);
        const present = text === null ? null : await parseContent(file, text, path);
        await replace(file, keepUnknown(file.schema, present, content), text);
      }),
    update: (file, change) =>
      locked(file, async () => {
        const path = target(file);
        const text = await readText(path);
        const present =
          text === null
            ? await find(file)
            : await checkContent(file, await parseContent(file, text, path), path);
        const content = change(present);
        await replace(file, content, text);
        return content;
      }),
  };
}

/** null when there is no such file. */
async function readText(path: string): Promise<string | null> {
  try {
    const file = await open(path, constants.O_RDONLY);
    try {
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR'))
      return null;
    throw new BlockhostError('config.unreadable', `${path} cannot be read.`, {
      cause,
      remedy: 'Run this as an account of the group "blockhost", or as root.',
    });
  }
}
