import { join } from 'node:path';
import type { RootActionModule } from '../entries/root-actions.js';
import { BlockhostError } from '../errors/blockhost-error.js';
import { rootFileProblems } from '../manifests/root-file-problems.js';
import type { Paths } from '../ports/paths.js';
import type { Kernel } from './kernel.js';
import type { PluginStatus } from './plugin-status.js';

/** Imports the `rootActions` entry of every plugin that has one. A plugin that fails costs its own actions only. */
export async function rootActionModules(kernel: Kernel, paths: Paths): Promise<RootActionModule[]> {
  const plugins = kernel.plugins().filter(({ manifest }) => !manifest || manifest.entries?.rootActions);
  const problemOf = rootFileProblems(plugins.flatMap(filesOf), paths);
  const modules: RootActionModule[] = [];
  for (const status of plugins) {
    const plugin = status.name;
    try {
      const problem = filesOf(status).map(problemOf).find(Boolean);
      if (problem)
        throw new BlockhostError('plugin.untrusted', `The root agent does not run "${plugin}": ${problem}`, {
          remedy: 'Install it from its package.',
        });
      modules.push({ plugin, actions: (await kernel.import(plugin, 'rootActions')).actions });
    } catch (failure) {
      modules.push({ plugin, actions: [], failure });
    }
  }
  return modules;
}

/** What tells the root agent what to run, and what it runs. */
function filesOf({ file, home, manifest }: PluginStatus): string[] {
  const entry = manifest?.entries?.rootActions;
  return entry === undefined ? [file] : [file, join(home, entry)];
}
