import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Exec, hasCode, type Paths, type Run, sentenceOf } from '@blockhost/kernel';
import type { Hypervisor } from '../hypervisor.js';
import { refusals } from '../refusals.js';
import { runProgram } from '../run-program.js';
import { aptSources, CHECK, CHECK_LOGIN, CUSTOMIZE, EXTRA_PACKAGES, PACKAGES } from './debian-guest.js';
import { sha256File } from './sha256-file.js';

export interface DebianSource {
  readonly kind: 'debian';
  readonly mirror: string;
}

/** What a Debian guest would be made of now, by this host's package lists, as a digest: nothing is fetched for it. */
export async function debianFingerprint(exec: Exec, source: DebianSource, paths: Paths): Promise<string> {
  const argv = ['apt-get', '-o', 'Dir::State::status=/dev/null', '--no-install-recommends'] as const;
  const uris = await runProgram(exec, [...argv, '--print-uris', '--yes', 'install', ...PACKAGES], 60_000);
  const packages = uris.split('\n').filter((line) => line.startsWith("'"));
  const own = [CUSTOMIZE, CHECK, CHECK_LOGIN, ...aptSources(source.mirror)];
  const parts = [...packages.sort(), ...(await extraPackages(paths)), ...own];
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/** Lets the root agent make the Debian guest, which then waits to be published. */
export async function buildDebianGuest(
  hypervisor: Hypervisor,
  { mirror }: DebianSource,
  run: Run,
): Promise<Readonly<Record<string, unknown>>> {
  run.progress(`Installing Debian from ${mirror}: this takes a minute or more`);
  try {
    const { disk, packages } = await hypervisor.buildDebian(mirror);
    const extra = packages as readonly string[];
    run.progress(
      extra.length === 0
        ? `No packages in ${EXTRA_PACKAGES}: nobody can log in to VMs of this base image by wallet`
        : `Installed as well: ${extra.join(', ')}`,
    );
    return { builder: 'debian', disk, packages };
  } catch (error) {
    if (!hasCode(error, 'provisioner.hypervisor-failed')) throw error;
    throw refusals.templateFailed(
      sentenceOf(error),
      'Check the network, the free space, and libvirt.template.mirror in db.yaml.',
    );
  }
}

async function extraPackages(paths: Paths): Promise<string[]> {
  const folder = paths.resolve(EXTRA_PACKAGES);
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const debs = files.filter((name) => name.endsWith('.deb')).sort();
  return Promise.all(debs.map(async (name) => `${name} ${await sha256File(join(folder, name))}`));
}
