import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { resolvePaths } from '../paths/resolve-paths.js';
import type { Paths } from '../ports/paths.js';

export interface HostRoot {
  /** The folder that stands for `/`: what `BLOCKHOST_ROOT` is set to for child processes. */
  readonly root: string;
  readonly paths: Paths;
  dispose(): Promise<void>;
}

const ROLES = ['engine', 'provisioner', 'broker'];

/**
 * A whole host in a temporary folder, with the plugins of these folders installed by links. A folder holds
 * `engine.json`, `provisioner.json`, `broker.json` or, for extensions, `plugin.json`.
 */
export async function makeHostRoot({ plugins }: { readonly plugins: readonly string[] }): Promise<HostRoot> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'blockhost-root-')));
  const paths = resolvePaths({ BLOCKHOST_ROOT: root });
  for (const folder of [paths.config, paths.state, paths.run, join(paths.share, 'plugins.d')])
    await mkdir(folder, { recursive: true });
  for (const folder of plugins) await link(resolve(folder), paths.share);
  return { root, paths, dispose: () => rm(root, { recursive: true, force: true }) };
}

async function link(folder: string, share: string): Promise<void> {
  const role = ROLES.find((each) => existsSync(join(folder, `${each}.json`)));
  if (role) return symlink(join(folder, `${role}.json`), join(share, `${role}.json`));
  const manifest = join(folder, 'plugin.json');
  const { name } = JSON.parse(await readFile(manifest, 'utf8')) as { name: string };
  await symlink(manifest, join(share, 'plugins.d', `${name}.json`));
}
