import { BlockhostError } from '../errors/blockhost-error.js';
import { type CommandIndex, indexCommands, words } from './command-index.js';
import { commandSources } from './command-sources.js';
import { type CommandHost, lendHost } from './host-context.js';
import { interruption } from './interruption.js';
import { knownNames, readInvocation } from './invocation.js';
import { nearest } from './nearest.js';
import { presentError } from './present-error.js';
import { readPlugins } from './read-plugins.js';
import { kernelSource, readRootPackage } from './root-package.js';

/** Program name, arguments and the kernel's own package: all a command line is made of. */
export interface CommandLine {
  /** Base name the launcher was called by, e.g. `blockhost` or `blockhost-vm-create`. */
  readonly program: string;
  readonly argv: readonly string[];
  /** Folder of the kernel package. */
  readonly home: string;
}

/** Runs one command line and answers its exit code; every error ends here, as text on stderr. */
export async function runCommandLine({ program, argv, home }: CommandLine): Promise<number> {
  const interrupted = interruption();
  let owner: { plugin: string; bugs: string | null } | null = null;
  try {
    const root = await readRootPackage(home);
    const index = await indexCommands([kernelSource(root), ...commandSources(await readPlugins())]);
    const prefix = programWords(index, program);
    const invocation = readInvocation(index, [...prefix, ...argv]);

    switch (invocation.kind) {
      case 'version':
        process.stdout.write(`${program} ${root.version}\n`);
        return 0;
      case 'unknown':
        throw unknownCommand(index, invocation.words);
      case 'help': {
        const [{ oclifConfig }, { helpText }] = await Promise.all([
          import('./oclif-config.js'),
          import('./help.js'),
        ]);
        const config = await oclifConfig(root, index);
        process.stdout.write(await helpText(config, invocation.subject, { name: program, words: prefix }));
        return 0;
      }
      case 'command': {
        if (invocation.id.startsWith('plugins:')) warnOfBroken(index);
        const command = index.commands.get(invocation.id);
        if (!command) throw brokenCommand(index, invocation.id);
        owner = command;
        const { oclifConfig } = await import('./oclif-config.js');
        const config = await oclifConfig(root, index);
        const host: CommandHost = {
          kernel: () => Promise.reject(new Error('no kernel yet')),
          signal: interrupted.signal,
          index,
        };
        lendHost(config, host);
        const CommandClass = await config.findCommand(invocation.id, { must: true }).load();
        await CommandClass.run([...invocation.argv], config);
        return typeof process.exitCode === 'number' ? process.exitCode : 0;
      }
    }
  } catch (error) {
    const { text, exitCode } = presentError(error, {
      owner,
      interruptedBy: interrupted.by(),
      debug: process.env.BLOCKHOST_DEBUG === '1',
    });
    if (text) process.stderr.write(`${text}\n`);
    return exitCode;
  }
}

/** The words a program name stands for: none for `blockhost` itself. Throws `command.unknown-program`. */
function programWords(index: CommandIndex, program: string): readonly string[] {
  if (program === 'blockhost') return [];
  const found = index.shortNames.get(program);
  if (found) return found;
  const near = nearest(program, index.shortNames.keys());
  throw new BlockhostError('command.unknown-program', `No plugin provides a program named "${program}".`, {
    remedy: near
      ? `Did you mean "${near}"?`
      : 'Install the package that brings it, or see what there is: blockhost --help',
    exitCode: 2,
  });
}

function unknownCommand(index: CommandIndex, typed: readonly string[]): BlockhostError {
  const near = nearest(typed.join(' '), candidates(index, typed.length));
  const unread = index.broken.filter(({ id }) => id === null).map(({ plugin }) => plugin);
  return new BlockhostError('command.unknown', `There is no command "${typed.join(' ')}".`, {
    ...(unread.length ? { facts: { 'plugins that could not be read': unread.join(', ') } } : {}),
    remedy: near ? `Did you mean "blockhost ${near}"?` : 'See what there is: blockhost --help',
    exitCode: 2,
  });
}

/** Names of as many words as were typed, so that arguments behind a mistyped command do not hide it. */
function candidates(index: CommandIndex, length: number): string[] {
  return knownNames(index).filter((name) => name.split(' ').length <= length);
}

function brokenCommand(index: CommandIndex, id: string): BlockhostError {
  const broken = index.broken.find((command) => command.id === id);
  return new BlockhostError(
    'command.unavailable',
    `The command "${words(id)}" of ${broken?.plugin ?? 'a plugin'} is not available.`,
    { cause: broken?.error, ...(broken?.error.remedy ? { remedy: broken.error.remedy } : {}) },
  );
}

function warnOfBroken(index: CommandIndex): void {
  for (const { plugin, error } of index.broken)
    process.stderr.write(`warning: ${plugin}: ${error.sentence}
`);
}
