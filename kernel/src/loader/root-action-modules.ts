import type { RootActionModule } from '../entries/root-actions.js';
import type { Kernel } from './kernel.js';

/** Imports the `rootActions` entry of every plugin that has one. A plugin that fails costs its own actions only. */
export async function rootActionModules(kernel: Kernel): Promise<RootActionModule[]> {
  const modules: RootActionModule[] = [];
  for (const { name: plugin, manifest } of kernel.plugins()) {
    if (manifest && !manifest.entries?.rootActions) continue;
    try {
      modules.push({ plugin, actions: (await kernel.import(plugin, 'rootActions')).actions });
    } catch (failure) {
      modules.push({ plugin, actions: [], failure });
    }
  }
  return modules;
}
