import { BlockhostError } from '../../errors/blockhost-error.js';
import { indexPlugins } from '../../loader/index-plugins.js';
import { findPlugin } from '../../manifests/find-plugin.js';
import type { FoundPlugin } from '../../manifests/found-plugin.js';
import type { ManifestProblem } from '../../manifests/problem.js';
import { resolvePaths } from '../../paths/resolve-paths.js';
import type { PluginFolder } from '../plugin-folder.js';
import { type CheckedEntry, checkEntries } from './check-entries.js';
import { type CheckedPort, checkPorts } from './check-ports.js';

/** Everything that can be said about a plugin without installing it. */
export interface CheckReport {
  readonly ok: boolean;
  readonly plugin: FoundPlugin;
  readonly problems: readonly ManifestProblem[];
  /** Empty when the manifest has errors: then nothing of the plugin is run. */
  readonly entries: readonly CheckedEntry[];
  /** Empty when an entry failed. */
  readonly ports: readonly CheckedPort[];
}

/** Checks manifest, entries and ports, each only when what it builds on is in order. `strict`: unknown keys are errors. */
export async function checkPlugin(
  { kind, file, folder }: PluginFolder,
  { strict }: { readonly strict: boolean },
): Promise<CheckReport> {
  const plugin = findPlugin(kind, file, { paths: resolvePaths(process.env), strict });
  if (!plugin) throw new BlockhostError('plugins.no-manifest', `${file} has gone.`);
  const problems = [...plugin.problems, ...misfits(plugin)];
  if (problems.some(({ severity }) => severity === 'error'))
    return { ok: false, plugin, problems, entries: [], ports: [] };

  const entries = await checkEntries(plugin);
  if (entries.some(({ error }) => error)) return { ok: false, plugin, problems, entries, ports: [] };

  const ports = await checkPorts(plugin, folder);
  return { ok: ports.every(({ ok }) => ok), plugin, problems, entries, ports };
}

/** A manifest in order that asks for another kernel than this one. */
function misfits(plugin: FoundPlugin): ManifestProblem[] {
  const [record] = indexPlugins([plugin]).records;
  if (record?.state !== 'incompatible') return [];
  return [{ severity: 'error', file: plugin.file, pointer: '', expected: record.reason ?? record.state }];
}
