import { indexCommands } from '../../commands/command-index.js';
import { readCommandManifest } from '../../commands/command-manifest.js';
import { loadCommand } from '../../commands/load-command.js';
import { BlockhostError, isBlockhostError } from '../../errors/blockhost-error.js';
import { checkClass, checkEntry } from '../../loader/check-entry.js';
import { importModule, locateModule } from '../../loader/import-module.js';
import type { EntryName } from '../../loader/kernel.js';
import { PluginRecord } from '../../loader/life-cycle.js';
import { runPhase } from '../../loader/phase.js';
import { createLogger } from '../../log/create-logger.js';
import type { FoundPlugin } from '../../manifests/found-plugin.js';
import { checkNeeds } from './check-needs.js';

/** One entry after its module was imported and compared with what the manifest promises. */
export interface CheckedEntry {
  /** `service`, `wizard`, `daemons monitor`, … */
  readonly entry: string;
  readonly milliseconds: number;
  readonly error: BlockhostError | null;
}

const tagged: readonly EntryName[] = ['wizard', 'finalization', 'rootActions', 'adminPages', 'migrations'];

/** Imports every entry of a plugin, each within the plugin's deadline. Never throws for what the plugin does. */
export async function checkEntries(plugin: FoundPlugin): Promise<CheckedEntry[]> {
  const { manifest } = plugin;
  if (!manifest) return [];
  const { entries = {}, provides = [] } = manifest;
  const checks: [name: string, check: () => Promise<unknown>][] = [];
  const classAt = (path: string) => async () =>
    checkNeeds(checkClass(await load(plugin, path), path), manifest);

  if (entries.service) checks.push(['service', classAt(entries.service)]);
  for (const { port, entry } of provides) if (entry) checks.push([`service of ${port}`, classAt(entry)]);
  for (const name of tagged) {
    const path = entries[name];
    if (path) checks.push([name, async () => checkEntry(name, await load(plugin, path), path, manifest)]);
  }
  for (const [id, path] of Object.entries(entries.daemons ?? {}))
    checks.push([`daemon ${id}`, classAt(path)]);
  if (entries.commands) checks.push(['commands', () => checkCommands(plugin)]);

  const checked: CheckedEntry[] = [];
  for (const [entry, check] of checks) checked.push(await timed(plugin, entry, check));
  return checked;
}

async function timed(
  plugin: FoundPlugin,
  entry: string,
  check: () => Promise<unknown>,
): Promise<CheckedEntry> {
  const record = new PluginRecord(plugin);
  const started = performance.now();
  let error: BlockhostError | null = null;
  try {
    await runPhase(record, createLogger({ level: 'warn' }), 'import', check);
  } catch (cause) {
    error = new BlockhostError(
      'plugins.entry-failed',
      `The entry ${entry} of ${plugin.name} is not in order.`,
      { cause, ...(isBlockhostError(cause) && cause.remedy ? { remedy: cause.remedy } : {}) },
    );
  }
  return { entry, milliseconds: performance.now() - started, error };
}

async function load(plugin: FoundPlugin, path: string): Promise<Readonly<Record<string, unknown>>> {
  return await importModule(locateModule(plugin, path));
}

async function checkCommands(plugin: FoundPlugin): Promise<void> {
  await readCommandManifest(plugin.home);
  const { commands, broken } = await indexCommands([{ ...plugin, error: null }]);
  const [first] = broken;
  if (first) throw first.error;
  for (const command of commands.values()) await loadCommand(command);
}
