import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './source-file.js';

/** What a workspace's package.json says about dependencies. */
export interface Workspace {
  /** Folder relative to the repository; empty for the repository itself. */
  readonly folder: string;
  readonly name: string;
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
  /** Public entry points, e.g. `./ports`. */
  readonly exports: ReadonlySet<string>;
}

/** The workspaces by folder, the repository itself last. */
export function readWorkspaces(): Workspace[] {
  const folders = ['kernel', ...globSync(['plugins/*', 'contracts/*'], { cwd: repository }), 'test', ''];
  return folders
    .filter((folder) => existsSync(join(repository, folder, 'package.json')))
    .map((folder) =>
      workspaceOf(folder, JSON.parse(readFileSync(join(repository, folder, 'package.json'), 'utf8'))),
    );
}

export function workspaceOf(
  folder: string,
  {
    name = '',
    dependencies = {},
    peerDependencies = {},
    devDependencies = {},
    exports = {},
  }: {
    name?: string;
    dependencies?: object;
    peerDependencies?: object;
    devDependencies?: object;
    exports?: object;
  },
): Workspace {
  return {
    folder,
    name,
    dependencies: new Set(Object.keys({ ...dependencies, ...peerDependencies })),
    devDependencies: new Set(Object.keys(devDependencies)),
    exports: new Set(Object.keys(exports)),
  };
}
