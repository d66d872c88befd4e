import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import type { Exec, HostConfig, Paths, Run } from '@blockhost/kernel';
import type { Hypervisor } from '../hypervisor.js';
import { refusals } from '../refusals.js';
import { templateSource } from '../settings.js';
import { fetchImage } from './image.js';
import { buildMiniGuest, miniGuestSources } from './mini-guest.js';

export interface CurrentTemplate {
  /** `blockhost-base-<12 hex>`. */
  readonly name: string;
  /** Of what it was made from. */
  readonly fingerprint: string;
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
export async function buildTemplate({ paths, config, exec, hypervisor, force, run }: BuildOptions) {
  const source = await templateSource(config);
  const mini = source.kind === 'mini' ? await miniGuestSources(exec) : null;
  const fingerprint = mini?.fingerprint ?? sha256Text(JSON.stringify(source));
  if (!force && (await findTemplate(paths))?.fingerprint === fingerprint)
    return { fingerprint, built: false };
  // Names that the root agent expects.
  const folder = paths.resolve('/var/lib/blockhost/template-build');
  const staged = await run.step('build', async () => {
    if (mini !== null) return buildMiniGuest(exec, folder, mini.packages);
    if (source.kind !== 'image') throw new Error('a source of another kind');
    return { disk: await fetchImage(exec, folder, source, run) };
  });
  await run.step('publish', async () => {
    const digests: Record<string, string> = {};
    for (const [part, path] of Object.entries(staged)) digests[part] = await sha256File(path);
    await hypervisor.publishTemplate({ fingerprint, ...digests });
  });
  await run.step('clean', () => rm(folder, { recursive: true, force: true }));
  return { fingerprint, built: true };
}

function sha256Text(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
