import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { BlockhostError } from '@blockhost/kernel';

/** Far above a configuration backup, the longest thing that is ever sealed (1 MiB, engine.md 8.6). */
const MOST_BYTES = 4 * 1024 * 1024;

/** All of a stream, or of the file at a path, as strict UTF-8 text of at most 4 MiB. */
export async function readBounded(source: string | AsyncIterable<Uint8Array>): Promise<string> {
  if (typeof source !== 'string') return await textOf(source);
  // Without O_NONBLOCK, opening a named pipe would wait for its writer.
  const file = await open(source, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return await textOf(file.createReadStream({ autoClose: false }));
  } finally {
    await file.close();
  }
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MOST_BYTES)
      throw new BlockhostError('nft-tool.too-long', `It is longer than ${MOST_BYTES} bytes.`);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new BlockhostError('nft-tool.not-text', 'It is not UTF-8 text.');
  }
}
