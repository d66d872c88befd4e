import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { diskHeader, HEADER_BYTES } from './disk-header.js';

type Identity = Pick<BigIntStats, 'dev' | 'ino'>;

/**
 * Who would be harmed by another file in the place of this image: a process that has it open, or a disk in one of the
 * `folders` that stands on it, whether its machine runs or not. null when nobody.
 */
export async function userOfImage(image: FileHandle, folders: readonly string[]): Promise<string | null> {
  const identity = await image.stat({ bigint: true });
  for (const folder of folders) {
    const disk = await diskOn(identity, folder);
    if (disk !== null) return `the disk ${disk} stands on it`;
  }
  const pid = await processWith(identity);
  return pid === null ? null : `process ${pid} has it open`;
}

async function diskOn(image: Identity, folder: string): Promise<string | null> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(nothing)) {
    if (!entry.isFile()) continue;
    const backing = (await headerOf(join(folder, entry.name)))?.backingFile;
    if (typeof backing !== 'string') continue;
    const path = isAbsolute(backing) ? backing : join(folder, backing);
    if (isSame(await stat(path, { bigint: true }).catch(() => null), image)) return entry.name;
  }
  return null;
}

/** What a file says of itself as a disk image; null when it is none. */
export async function headerOf(path: string) {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return diskHeader(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

async function processWith(image: Identity): Promise<string | null> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (pid === String(process.pid)) continue;
    // A process may end while it is looked at.
    const folder = `/proc/${pid}/fd`;
    for (const descriptor of await readdir(folder).catch(nothing))
      if (isSame(await stat(join(folder, descriptor), { bigint: true }).catch(() => null), image)) return pid;
  }
  return null;
}

function isSame(one: Identity | null, other: Identity): boolean {
  return one !== null && one.dev === other.dev && one.ino === other.ino;
}

function nothing(): [] {
  return [];
}
