import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import type { Exec, HostConfig, Paths, Run } from '@blockhost/kernel';
import type { Hypervisor } from '../hypervisor.js';
import { refusals } from '../refusals.js';
import { templateSource } from '../settings.js';
import { buildDebianGuest, debianFingerprint } from './debian.js';
import { fetchImage } from './image.js';
import { buildMiniGuest, miniGuestSources } from './mini-guest.js';
import { sha256File } from './sha256-file.js';

export interface CurrentTemplate {
  /** `blockhost-base-<12 hex>`. */
  readonly name: string;
  /** Of what it was made from. */
  readonly fingerprint: string;
  /** Packages in a Debian guest that are not Debian's: those of the login by wallet. */
  readonly packages?: readonly string[];
}

/** The base image that new VMs stand on; throws `provisioner.no-template` before one was built. */
export async function currentTemplate(paths: Paths): Promise<CurrentTemplate> {
  const found = await findTemplate(paths);
  if (found === null) throw refusals.noTemplate();
  return found;
}

async function findTemplate(paths: Paths): Promise<CurrentTemplate | null> {
  try {
    const file = paths.resolve('/var/lib/blockhost/templates/blockhost-base.json');
    return JSON.parse(await readFile(file, 'utf8')) as CurrentTemplate;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export interface BuildOptions {
  readonly paths: Paths;
  readonly config: HostConfig;
  readonly exec: Exec;
  readonly hypervisor: Hypervisor;
  readonly force: boolean;
  readonly run: Run;
}

/** Builds the base image unless the one that is there was made from the same. The caller holds the template's lock. */
export async function buildTemplate(options: BuildOptions) {
  const { paths, hypervisor, force, run } = options;
  // A name that the root agent expects.
  const folder = paths.resolve('/var/lib/blockhost/template-build');
  const { fingerprint, make } = await recipeOf(options, folder);
  if (!force && (await findTemplate(paths))?.fingerprint === fingerprint)
    return { fingerprint, built: false };
  const made = await run.step('build', make);
  await run.step('publish', () => hypervisor.publishTemplate({ fingerprint, ...made }));
  await run.step('clean', () => rm(folder, { recursive: true, force: true }));
  return { fingerprint, built: true };
}

interface Recipe {
  /** Of what it would be made from now. */
  readonly fingerprint: string;
  /** Answers what the root agent is told of it, to take it over. */
  make(): Promise<Readonly<Record<string, unknown>>>;
}

async function recipeOf(options: BuildOptions, folder: string): Promise<Recipe> {
  const { paths, config, exec, hypervisor, run } = options;
  const source = await templateSource(config);
  switch (source.kind) {
    case 'debian': {
      const fingerprint = await debianFingerprint(exec, source, paths);
      return { fingerprint, make: () => buildDebianGuest(hypervisor, source, run) };
    }
    case 'mini': {
      const { packages, fingerprint } = await miniGuestSources(exec);
      return { fingerprint, make: async () => digestsOf(await buildMiniGuest(exec, folder, packages)) };
    }
    case 'image': {
      const fingerprint = createHash('sha256').update(JSON.stringify(source)).digest('hex');
      const make = async () => digestsOf({ disk: await fetchImage(exec, folder, source, run) });
      return { fingerprint, make };
    }
  }
}

async function digestsOf(files: object): Promise<Readonly<Record<string, string>>> {
  const digests: Record<string, string> = {};
  for (const [part, path] of Object.entries(files)) digests[part] = await sha256File(String(path));
  return digests;
}
