import { pathToFileURL } from 'node:url';
import type { Command } from '@oclif/core/command';
import { BlockhostError } from '../errors/blockhost-error.js';
import { type IndexedCommand, words } from './command-index.js';

/** Imports the module of one command, and no other. Throws `command.load-failed` naming the plugin and where to tell it. */
export async function loadCommand(command: IndexedCommand): Promise<Command.Class> {
  const { id, plugin, module, bugs } = command;
  const failed = (sentence: string, cause?: unknown) =>
    new BlockhostError('command.load-failed', `The command "${words(id)}" of ${plugin} ${sentence}`, {
      ...(cause === undefined ? {} : { cause }),
      facts: { module },
      exitCode: 2,
      remedy: bugs
        ? `This is a fault of ${plugin}. Tell its authors: ${bugs}`
        : `This is a fault of ${plugin}. Build or install it again.`,
    });
  let found: { default?: unknown };
  try {
    found = await import(pathToFileURL(module).href);
  } catch (cause) {
    throw failed('cannot be loaded.', cause);
  }
  const commandClass = found.default;
  if (!isCommandClass(commandClass))
    throw failed('has no command class as the default export of its module.');
  commandClass.id = id;
  // oclif would take what is piped in for an argument that is missing: in a shell's loop, the rest of the list.
  for (const arg of Object.values(commandClass.args ?? {})) arg.ignoreStdin = true;
  return commandClass;
}

function isCommandClass(value: unknown): value is Command.Class {
  return typeof value === 'function' && typeof (value as { run?: unknown }).run === 'function';
}
