import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Clock } from '@blockhost/kernel';
import { Lines } from './lines.js';

const LOOK_MS = 1_000;
const CHUNK = 65_536;

/** Tells each line that is added to the file from now on, also after it was rotated away or cut, until `signal` aborts. */
export async function tailLog(
  path: string,
  clock: Clock,
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<void> {
  let file: FileHandle | null = await open(path).catch(() => null);
  let at = file === null ? 0 : (await file.stat()).size;
  let lines = new Lines();
  try {
    while (!signal.aborted) {
      await clock.sleep(LOOK_MS, signal).catch(() => {});
      if (file !== null) at = await readOn(file, at, lines, onLine);
      const [shown, own] = await Promise.all([stat(path).catch(() => null), file?.stat()]);
      if (shown === null || (own && shown.ino === own.ino && shown.dev === own.dev && shown.size >= at))
        continue;
      await file?.close();
      file = await open(path).catch(() => null);
      at = 0;
      lines = new Lines();
      if (file !== null) at = await readOn(file, at, lines, onLine);
    }
  } finally {
    await file?.close();
  }
}

async function readOn(
  file: FileHandle,
  from: number,
  lines: Lines,
  onLine: (line: string) => void,
): Promise<number> {
  const buffer = Buffer.alloc(CHUNK);
  for (let at = from; ; ) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, at);
    if (bytesRead === 0) return at;
    at += bytesRead;
    for (const line of lines.push(buffer.subarray(0, bytesRead))) onLine(line);
  }
}
