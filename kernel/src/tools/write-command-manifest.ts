import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Plugin } from '@oclif/core';
import { words } from '../commands/command-index.js';
import { COMMAND_MANIFEST, type CommandManifest } from '../commands/command-manifest.js';
import { BlockhostError } from '../errors/blockhost-error.js';

/** A package that brings commands. */
export interface CommandPackage {
  readonly home: string;
  /** Folder of the compiled command modules, relative to `home`. */
  readonly folder: string;
  /** `contributes.commands` of its manifest file; null for the kernel, which promises nothing. */
  readonly promised: {
    readonly file: string;
    readonly commands: readonly { readonly id: string; readonly summary: string }[];
  } | null;
}

/**
 * Imports every command module of a package and writes what help needs to know of them. Answers false when the present
 * file is newer than all it was made from. Throws `command.mismatch` when manifest and modules do not agree.
 */
export async function writeCommandManifest(pack: CommandPackage): Promise<boolean> {
  const target = join(pack.home, COMMAND_MANIFEST);
  const inputs = [import.meta.filename, join(pack.home, 'package.json'), ...(await modulesOf(pack))];
  if (pack.promised) inputs.push(pack.promised.file);
  if (await isNewer(target, inputs)) return false;
  await rm(target, { force: true });

  const manifest = await describeCommands(pack);
  const complaints = [...incomplete(manifest), ...disagreements(pack, manifest)];
  if (complaints.length)
    throw new BlockhostError('command.mismatch', `The commands of ${pack.home} are not in order.`, {
      facts: Object.fromEntries(complaints),
    });
  const temporary = `${target}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(manifest)}\n`);
  await rename(temporary, target);
  return true;
}

/** Every command with a usage a reader can copy. */
function incomplete(manifest: CommandManifest): [string, string][] {
  return Object.entries(manifest.commands).flatMap(([id, command]): [string, string][] => [
    ...(command.summary ? [] : [[words(id), 'the command class has no summary'] as [string, string]]),
    ...(command.examples?.length
      ? []
      : [[words(id), 'the command class has no examples'] as [string, string]]),
  ]);
}

/** Manifest and modules must name the same commands with the same summaries. */
function disagreements(
  { promised, folder }: CommandPackage,
  { commands }: CommandManifest,
): [string, string][] {
  if (!promised) return [];
  const complaints: [string, string][] = [];
  const ids = new Set(promised.commands.map(({ id }) => id.replaceAll(' ', ':')));
  for (const { id, summary } of promised.commands) {
    const module = commands[id.replaceAll(' ', ':')];
    if (!module) complaints.push([id, `promised by ${promised.file}, but ${folder} has no such module`]);
    else if (module.summary !== summary)
      complaints.push([id, `${promised.file} says "${summary}", the command class says "${module.summary}"`]);
  }
  for (const id of Object.keys(commands))
    if (!ids.has(id)) complaints.push([words(id), `in ${folder}, but not promised by ${promised.file}`]);
  return complaints;
}

async function describeCommands({ home, folder }: CommandPackage): Promise<CommandManifest> {
  const pjson = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
  const plugin = new Plugin({
    root: home,
    isRoot: true,
    type: 'core',
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
    pjson: {
      ...pjson,
      oclif: {
        commands: {
          strategy: 'pattern',
          target: join(home, folder),
          globPatterns: ['**/*.js', `!${notCommands}`],
        },
      },
    },
  });
  await plugin.load();
  return plugin.manifest as CommandManifest;
}

const notCommands = '**/*.{test,bench}.js';

async function modulesOf({ home, folder }: CommandPackage): Promise<string[]> {
  const root = join(home, folder);
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((cause) => {
    throw new BlockhostError('command.not-built', `The command modules ${root} cannot be read.`, {
      cause,
      remedy: 'Compile the plugin first.',
    });
  });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => join(entry.parentPath, entry.name));
}

async function isNewer(target: string, inputs: readonly string[]): Promise<boolean> {
  const made = await stat(target).catch(() => null);
  if (!made) return false;
  const times = await Promise.all(inputs.map(async (input) => (await stat(input)).mtimeMs));
  return times.every((time) => time < made.mtimeMs);
}
