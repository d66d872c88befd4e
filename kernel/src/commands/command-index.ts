import { join } from 'node:path';
import { BlockhostError } from '../errors/blockhost-error.js';
import { type CachedCommand, readCommandManifest } from './command-manifest.js';

/** A plugin as far as its commands go. */
export interface CommandSource {
  readonly plugin: string;
  readonly home: string;
  /** What its manifest promises; null: whatever its command manifest holds (the kernel itself). */
  readonly promised: readonly { readonly id: string; readonly summary: string }[] | null;
  /** Program name → words of a command or topic. */
  readonly shortNames: Readonly<Record<string, string>>;
  readonly bugs: string | null;
  /** Why nothing of it can be offered. */
  readonly refused: BlockhostError | null;
}

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
  const inOrder = sources.filter(({ refused }) => !refused);
  for (const { shortNames: own } of [...inOrder, ...sources.filter(({ refused }) => refused)])
    for (const [name, target] of Object.entries(own))
      if (!shortNames.has(name)) shortNames.set(name, target.split(/[ :]/));
  return { commands, shortNames, broken };
}

/** `vm:create` as people type it. */
export const words = (id: string) => id.replaceAll(':', ' ');

interface ReadSource {
  readonly offered: readonly IndexedCommand[];
  readonly faults: readonly BrokenCommand[];
}

async function readSource(source: CommandSource): Promise<ReadSource> {
  const { plugin, home, promised, bugs } = source;
  const fault = (id: string | null, error: BlockhostError): BrokenCommand => ({ id, plugin, error });
  const promisedIds = promised?.map(({ id }) => id.replaceAll(' ', ':'));
  const all = (error: BlockhostError): ReadSource => ({
    offered: [],
    faults: promisedIds?.length ? promisedIds.map((id) => fault(id, error)) : [fault(null, error)],
  });
  if (source.refused) return all(source.refused);
  if (promisedIds?.length === 0) return { offered: [], faults: [] };

  let found: Readonly<Record<string, CachedCommand>>;
  try {
    found = (await readCommandManifest(home)).commands;
  } catch (error) {
    return all(error as BlockhostError);
  }
  const offered: IndexedCommand[] = [];
  const faults: BrokenCommand[] = [];
  for (const id of new Set([...(promisedIds ?? []), ...Object.keys(found)])) {
    const cached = found[id];
    const isPromised = promisedIds?.includes(id) ?? true;
    if (cached && isPromised)
      offered.push({
        id,
        plugin,
        module: join(home, ...cached.relativePath),
        bugs,
        cached: { ...cached, id },
      });
    else faults.push(fault(id, mismatch(plugin, id, isPromised, promisedIds ?? [], Object.keys(found))));
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
