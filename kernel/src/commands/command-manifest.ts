import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '@oclif/core/command';
import { BlockhostError, hasCode } from '../errors/blockhost-error.js';

/** What the build wrote about a plugin's command modules, so that none of them is imported to print help. */
export interface CommandManifest {
  /** Command id (words joined by `:`) → its flags, arguments, examples and the path of its module below `home`. */
  readonly commands: Readonly<Record<string, CachedCommand>>;
}

export type CachedCommand = Command.Cached & { readonly relativePath: string[] };

export const COMMAND_MANIFEST = 'oclif.manifest.json';

/** Throws `command.manifest-missing` or `command.manifest-invalid`. */
export async function readCommandManifest(home: string): Promise<CommandManifest> {
  const file = join(home, COMMAND_MANIFEST);
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!isCommandManifest(content))
      throw new BlockhostError('command.manifest-invalid', `${file} is not a command manifest.`, { remedy });
    return content;
  } catch (cause) {
    if (hasCode(cause, 'command.manifest-invalid')) throw cause;
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new BlockhostError(
      missing ? 'command.manifest-missing' : 'command.manifest-invalid',
      missing ? `The command manifest ${file} is missing.` : `The command manifest ${file} cannot be read.`,
      { remedy, ...(missing ? {} : { cause }) },
    );
  }
}

const remedy = 'Build the plugin again; the build writes this file.';

function isCommandManifest(value: unknown): value is CommandManifest {
  const commands = (value as { commands?: unknown } | null)?.commands;
  return (
    typeof commands === 'object' &&
    commands !== null &&
    Object.values(commands).every((command) => staysInside(command?.relativePath))
  );
}

/** A module path is a list of plain names: nothing in it leads out of the plugin's folder. */
function staysInside(path: unknown): boolean {
  return (
    Array.isArray(path) &&
    path.length > 0 &&
    path.every((part) => typeof part === 'string' && part !== '' && part !== '..' && !/[/\\\0]/.test(part))
  );
}
