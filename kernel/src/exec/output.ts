import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Keeps the first `limit` bytes; what follows is read and dropped, so that the child never blocks. */
export function collectHead(stream: Readable | null, limit: number) {
  const chunks: Buffer[] = [];
  let size = 0;
  let dropped = false;
  stream?.on('data', (chunk: Buffer) => {
    const room = limit - size;
    if (chunk.length > room) dropped = true;
    if (room <= 0) return;
    chunks.push(chunk.subarray(0, room));
    size += Math.min(room, chunk.length);
  });
  return { text: () => Buffer.concat(chunks).toString('utf8'), truncated: () => dropped };
}

/** Keeps the last `limit` bytes and tells each complete line, itself cut to `limit`, while it comes. */
export function collectTail(stream: Readable | null, limit: number, onLine?: (line: string) => void) {
  let tail: Buffer = Buffer.alloc(0);
  const decoder = new StringDecoder('utf8');
  let unfinished = '';
  stream?.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-limit);
    if (!onLine) return;
    const lines = (unfinished + decoder.write(chunk)).split('\n');
    unfinished = (lines.pop() ?? '').slice(0, limit);
    for (const line of lines) onLine(line.slice(0, limit));
  });
  return { text: () => tail.toString('utf8') };
}
