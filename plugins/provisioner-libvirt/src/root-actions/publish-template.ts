import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, open, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  actionParameters,
  type RootAction,
  type RootActionContext,
  writeFileAtomic,
} from '@blockhost/kernel';
import { runProgram } from '../run-program.js';
import { DEBIAN_STAGING } from './build-debian.js';
import { denied } from './refusal.js';
import { templateFolder } from './vm-files.js';

const SHA256 = { type: 'string', pattern: '^[0-9a-f]{64}$' };
/** Where the service account builds: below its own folder, by these names. */
const STAGING = '/var/lib/blockhost/template-build';
const FILES = { disk: '.qcow2', kernel: '.kernel', initrd: '.initrd' } as const;

/**
 * Takes over a base image that the service has built: copies its files to root's folder under a name of their contents, then
 * makes it the one for new VMs. A base image is never changed: rebuilding one leaves the disks that stand on others alone.
 */
export const templatePublish: RootAction = {
  name: 'template-publish',
  parameters: actionParameters(
    {
      fingerprint: SHA256,
      disk: SHA256,
      kernel: SHA256,
      initrd: SHA256,
      builder: { enum: ['debian'] },
      packages: {
        type: 'array',
        maxItems: 100,
        items: { type: 'string', pattern: '^[A-Za-z0-9.+~_-]{1,200}$' },
      },
    },
    ...['kernel', 'initrd', 'builder', 'packages'],
  ),
  timeoutMs: 1_200_000,
  resource: () => 'template',
  async run(params, context) {
    const folder = await templateFolder(context.paths);
    // What this agent has made itself lies where nobody else can look.
    const staging =
      params.builder === undefined ? context.paths.resolve(STAGING) : join(folder, DEBIAN_STAGING);
    const parts = (Object.keys(FILES) as (keyof typeof FILES)[]).filter((part) => params[part] !== undefined);
    const digests = parts.map((part) => `${part} ${String(params[part])}`).join('\n');
    const name = `blockhost-base-${createHash('sha256').update(digests).digest('hex').slice(0, 12)}`;
    // The disk last: a base image with a disk is whole.
    for (const part of parts.toReversed()) {
      const final = join(folder, `${name}${FILES[part]}`);
      if (await exists(final)) continue;
      const fresh = join(folder, `.new${FILES[part]}`);
      await copy(join(staging, `${part}${part === 'disk' ? '.qcow2' : ''}`), fresh, String(params[part]));
      if (part === 'disk') await checkDisk(fresh, context);
      await rename(fresh, final);
    }
    const link = join(folder, '.new-link');
    await rm(link, { force: true });
    await symlink(`${name}.qcow2`, link);
    await rename(link, join(folder, 'blockhost-base.qcow2'));
    const { fingerprint, packages } = params;
    const current = { name, fingerprint, ...(packages !== undefined && { packages }) };
    await writeFileAtomic(join(folder, 'blockhost-base.json'), `${JSON.stringify(current)}\n`, 0o644);
    await rm(join(folder, DEBIAN_STAGING), { recursive: true, force: true });
    return current;
  },
};

/** Copies a plain file, never what a link points to, and refuses it when its contents are not those that were told. */
async function copy(from: string, to: string, sha256: string): Promise<void> {
  await rm(to, { force: true });
  const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (cause: NodeJS.ErrnoException) => {
      throw denied(`${from} cannot be taken over: ${cause.code}.`, 'Build the base image again.');
    },
  );
  try {
    if (!(await source.stat()).isFile()) throw denied(`${from} is no plain file.`);
    const target = await open(to, 'wx', 0o600);
    try {
      const hash = createHash('sha256');
      for await (const chunk of source.readableWebStream({ autoClose: false }) as AsyncIterable<Uint8Array>) {
        const bytes = Buffer.from(chunk);
        hash.update(bytes);
        await target.write(bytes);
      }
      if (hash.digest('hex') !== sha256) throw denied(`${from} has other contents than was told.`);
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  await chmod(to, 0o444);
}

/** A disk image names files by itself: one that did would show the host's files to a guest. */
async function checkDisk(path: string, { exec }: RootActionContext): Promise<void> {
  const text = await runProgram(exec, ['qemu-img', 'info', '--output=json', path], 30_000);
  const info = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const details =
    (info['format-specific'] as { data?: Readonly<Record<string, unknown>> } | undefined)?.data ?? {};
  if (info.format !== 'qcow2' || info['backing-filename'] !== undefined || details['data-file'] !== undefined)
    throw denied(
      'The disk of a base image must be one whole qcow2 file.',
      'Convert it: qemu-img convert -O qcow2',
    );
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
