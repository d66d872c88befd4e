import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Exec, type Run, sentenceOf } from '@blockhost/kernel';
import { refusals } from '../refusals.js';
import { runProgram } from '../run-program.js';

const DOWNLOAD_MS = 1_500_000;

/**
 * Takes a cloud image from a file or an https URL and makes `disk.qcow2` of it in `folder`, which it empties. Its SHA-512
 * must be the one told: nothing is made of an image that is not.
 */
export async function fetchImage(
  exec: Exec,
  folder: string,
  { source, sha512 }: { readonly source: string; readonly sha512: string },
  run: Run,
): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const [image, disk] = [join(folder, 'image'), join(folder, 'disk.qcow2')];
  run.progress(`Fetching ${source}`);
  const hash = createHash('sha512');
  const counting = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const signal = AbortSignal.any([run.signal, AbortSignal.timeout(DOWNLOAD_MS)]);
  try {
    await pipeline(await openSource(source, signal), counting, createWriteStream(image), { signal });
  } catch (error) {
    run.signal.throwIfAborted();
    throw refusals.templateFailed(
      `The image ${source} cannot be fetched: ${sentenceOf(error)}`,
      'Check libvirt.template.source in db.yaml, the network and the free space.',
    );
  }
  if (hash.digest('hex') !== sha512)
    throw refusals.templateFailed(
      `The image ${source} is not the one whose SHA-512 was told.`,
      'Take the sum that its publisher signed into libvirt.template.sha512; never that of what was fetched.',
    );
  // Whole again: an image may name other files, or be compressed.
  await runProgram(exec, ['qemu-img', 'convert', '-f', 'qcow2', '-O', 'qcow2', image, disk], 600_000);
  await rm(image);
  return disk;
}

async function openSource(source: string, signal: AbortSignal): Promise<Readable> {
  if (source.startsWith('/')) return createReadStream(source);
  const response = await fetch(source, { signal, redirect: 'follow' });
  if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`);
  return Readable.fromWeb(response.body as never);
}
