import { join } from 'node:path';
import { BlockhostError } from '../errors/blockhost-error.js';
import type { PluginStatus } from '../loader/plugin-status.js';
import { type CachedCommand, readCommandManifest } from './command-manifest.js';

/** A plugin as far as its commands go. Only the kernel has no manifest and no error: it offers whatever modules it has. */
export type CommandSource = Pick<PluginStatus, 'name' | 'home' | 'manifest' | 'error'>;

export interface IndexedCommand {
  /** Words joined by `:`. */
  readonly id: string;
  readonly plugin: string;
  /** Absolute path of the ES module. */
  readonly module: string;
  readonly bugs: string | null;
  readonly cached: CachedCommand;
}

/** A command that was promised and cannot be offered; `id` is null when not even its name is known. */
export interface BrokenCommand {
  readonly id: string | null;
  readonly plugin: string;
  readonly error: BlockhostError;
}

export interface CommandIndex {
  readonly commands: ReadonlyMap<string, IndexedCommand>;
  /** Program name → words of a command or topic. */
  readonly shortNames: ReadonlyMap<string, readonly string[]>;
  readonly broken: readonly BrokenCommand[];
}

/**
 * Merges the command manifests of all plugins, without importing any of their modules. What is wrong with one plugin
 * takes away that plugin's commands only; of two that claim a name the first in order keeps it.
 */
export async function indexCommands(sources: readonly CommandSource[]): Promise<CommandIndex> {
  const commands = new Map<string, IndexedCommand>();
  const shortNames = new Map<string, readonly string[]>();
  const broken: BrokenCommand[] = [];

  for (const { offered, faults } of await Promise.all(sources.map(readSource))) {
    broken.push(...faults);
    for (const command of offered) {
      const first = commands.get(command.id);
      if (first) broken.push({ ...command, error: clash(first, command) });
      else commands.set(command.id, command);
    }
  }
  // The manifests of two plugins in order claim no program twice. Refused ones come last: whoever calls a program of one
  // learns why its command is not there.
  const inOrder = sources.filter(({ error }) => !error);
  for (const { manifest } of [...inOrder, ...sources.filter(({ error }) => error)])
    for (const [program, target] of Object.entries(manifest?.contributes?.short_names ?? {}))
      if (!shortNames.has(program)) shortNames.set(program, target.split(/[ :]/));
  return { commands, shortNames, broken };
}

/** `vm:create` as people type it. */
export const words = (id: string) => id.replaceAll(':', ' ');

interface ReadSource {
  readonly offered: readonly IndexedCommand[];
  readonly faults: readonly BrokenCommand[];
}

async function readSource({
  name: plugin,
  home,
  manifest,
  error: refused,
}: CommandSource): Promise<ReadSource> {
  const promised =
    manifest && (manifest.contributes?.commands ?? []).map(({ id }) => id.replaceAll(' ', ':'));
  const all = (error: BlockhostError): ReadSource => ({
    offered: [],
    faults: (promised?.length ? promised : [null]).map((id) => ({ id, plugin, error })),
  });
  if (refused) return all(refused);
  if (promised?.length === 0) return { offered: [], faults: [] };

  let found: Readonly<Record<string, CachedCommand>>;
  try {
    found = (await readCommandManifest(home)).commands;
  } catch (error) {
    return all(error as BlockhostError);
  }
  const offered: IndexedCommand[] = [];
  const faults: BrokenCommand[] = [];
  for (const id of new Set([...(promised ?? []), ...Object.keys(found)])) {
    const cached = found[id];
    const isPromised = promised?.includes(id) ?? true;
    if (cached && isPromised) {
      const module = join(home, ...cached.relativePath);
      offered.push({ id, plugin, module, bugs: manifest?.bugs ?? null, cached: { ...cached, id } });
    } else
      faults.push({
        id,
        plugin,
        error: mismatch(plugin, id, isPromised, promised ?? [], Object.keys(found)),
      });
  }
  return { offered, faults };
}

function mismatch(
  plugin: string,
  id: string,
  isPromised: boolean,
  promised: readonly string[],
  found: readonly string[],
): BlockhostError {
  const list = (ids: readonly string[]) => ids.map((each) => `"${words(each)}"`).join(', ') || 'none';
  return new BlockhostError(
    'command.mismatch',
    isPromised
      ? `The manifest of ${plugin} promises the command "${words(id)}", but its command modules have ${list(found)}.`
      : `${plugin} has a module for the command "${words(id)}", but its manifest promises ${list(promised)}.`,
    { remedy: 'Make contributes.commands and the command modules agree, and build the plugin again.' },
  );
}

function clash(first: IndexedCommand, { id, plugin }: IndexedCommand): BlockhostError {
  return new BlockhostError(
    'command.clash',
    `The command "${words(id)}" of ${plugin} is already provided by ${first.plugin}.`,
    { remedy: `Remove one of the packages, or rename it in the manifest of ${plugin}.` },
  );
}
