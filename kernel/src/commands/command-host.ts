import { BlockhostError } from '../errors/blockhost-error.js';
import { boot } from '../loader/boot.js';
import type { Kernel } from '../loader/kernel.js';
import { createLogger } from '../log/create-logger.js';
import { maskText } from '../log/mask-text.js';
import { didYouMean, nearest } from '../manifests/nearest.js';
import { resolvePaths } from '../paths/resolve-paths.js';
import type { Logger } from '../ports/logger.js';
import { usedStandardOutput, whenStandardOutputIsUsed } from '../run/standard-output.js';
import { KERNEL_VERSION } from '../version.js';
import { type CommandIndex, type IndexedCommand, indexCommands, words } from './command-index.js';
import { lendHost } from './host-context.js';
import { interruption } from './interruption.js';
import { knownNames, readInvocation } from './invocation.js';
import { loadCommand } from './load-command.js';
import { presentError } from './present-error.js';

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
  whenStandardOutputIsUsed((stream) => stream.on('error', ignoreGoneReader));
  let kernel: Kernel | null = null;
  let owner: IndexedCommand | null = null;
  try {
    kernel = await boot({ process: 'command', log: commandLog() });
    const index = await indexCommands([
      { name: 'kernel', home, manifest: null, error: null },
      ...kernel.plugins(),
    ]);
    const prefix = programWords(index, program);
    const invocation = readInvocation(index, [...prefix, ...argv]);

    if (invocation.kind === 'unknown')
      throw unknownCommand(index, invocation.words, kernel, { program, prefix });
    if (invocation.kind === 'version') {
      process.stdout.write(`${program} ${KERNEL_VERSION}\n`);
      return 0;
    }
    if (invocation.kind === 'help') refuseIfAllBroken(index, invocation.subject);
    const { oclifConfig } = await import('./oclif-config.js');
    const config = await oclifConfig(home, index);
    if (invocation.kind === 'help') {
      const { helpText } = await import('./help.js');
      process.stdout.write(await helpText(config, invocation.subject, { name: program, words: prefix }));
      return 0;
    }
    if (invocation.id.startsWith('plugins:')) warnOfBroken(index);
    owner = index.commands.get(invocation.id) ?? null;
    if (!owner) throw brokenCommand(index, invocation.id);
    lendHost(config, { kernel, signal: () => interrupted.signal, index });
    const CommandClass = await loadCommand(owner);
    await CommandClass.run([...invocation.argv], config);
    await outputTaken();
    refuseLostOutput();
    return Number(process.exitCode ?? 0);
  } catch (error) {
    const { text, exitCode } = presentError(error, {
      owner,
      interruptedBy: interrupted.by(),
      debug: process.env.BLOCKHOST_DEBUG === '1',
    });
    if (text) process.stderr.write(`${maskText(text)}\n`);
    return exitCode;
  } finally {
    await kernel?.stop();
  }
}

/** What a slow reader on a socket has not taken yet would end with this process. */
async function outputTaken(): Promise<void> {
  const stream = usedStandardOutput();
  if (!stream?.writableLength) return;
  await new Promise<void>((resolve) => stream.write('', () => resolve()));
}

function ignoreGoneReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** A result that nobody got is no success. A reader that has left, such as `head`, had enough. */
function refuseLostOutput(): void {
  const cause = usedStandardOutput()?.errored as NodeJS.ErrnoException | null | undefined;
  if (!cause || cause.code === 'EPIPE') return;
  throw new BlockhostError('command.output-lost', 'The result could not be written.', {
    cause,
    remedy: 'The command has done its work. Look at what it did before you give it again.',
  });
}

/** A command is watched by a person: its log tells of trouble only, unless more is asked for. */
function commandLog(): Logger {
  return createLogger({
    fields: { process: 'command' },
    ...(process.env.BLOCKHOST_LOG_LEVEL ? {} : { level: 'warn' }),
  });
}

/** The words a program name stands for: none for `blockhost` itself. Throws `command.unknown-program`. */
function programWords(index: CommandIndex, program: string): readonly string[] {
  if (program === 'blockhost') return [];
  const found = index.shortNames.get(program);
  if (found) return found;
  const otherwise = 'Install the package that brings it, or see what there is: blockhost --help';
  throw new BlockhostError('command.unknown-program', `No plugin provides a program named "${program}".`, {
    remedy: didYouMean(program, index.shortNames.keys(), otherwise),
    exitCode: 2,
  });
}

function unknownCommand(
  index: CommandIndex,
  typed: readonly string[],
  kernel: Kernel,
  { program, prefix }: { readonly program: string; readonly prefix: readonly string[] },
): BlockhostError {
  // Said in the name the program was called by: `bw`, not `blockhost wallet`.
  const called = (name: string) =>
    `blockhost ${name}`.replace(
      ['blockhost', ...prefix].join(' '),
      prefix.length > 0 ? program : 'blockhost',
    );
  const line = typed.join(' ');
  const said = prefix.length > 0 ? called(line) : line;
  const near = nearest(line, candidates(index, typed.length));
  const unread = index.broken.filter(({ id }) => id === null).map(({ plugin }) => plugin);
  return new BlockhostError('command.unknown', `There is no command "${said}".`, {
    facts: {
      ...(unread.length ? { 'plugins that could not be read': unread.join(', ') } : {}),
      // A mistyped root is a host without plugins.
      ...(kernel.plugins().length === 0 ? { plugins: `none in ${resolvePaths(process.env).share}` } : {}),
    },
    remedy: near ? `Did you mean "${called(near)}"?` : `See what there is: ${program} --help`,
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
    // As with a command that does not exist, nothing was tried: `is` must not say "no".
    { cause: broken?.error, ...(broken?.error.remedy ? { remedy: broken.error.remedy } : {}), exitCode: 2 },
  );
}

/** Help of a topic none of whose commands is in order is the reason why. */
function refuseIfAllBroken(index: CommandIndex, subject: string): void {
  const within = (id: string | null) => id !== null && (id === subject || id.startsWith(`${subject}:`));
  if (subject === '' || [...index.commands.keys()].some(within)) return;
  const first = index.broken.find(({ id }) => within(id))?.id;
  if (first) throw brokenCommand(index, first);
}

/** One line per reason, however many commands it takes away. */
function warnOfBroken(index: CommandIndex): void {
  const lines = new Set(index.broken.map(({ plugin, error }) => `warning: ${plugin}: ${error.sentence}\n`));
  for (const line of lines) process.stderr.write(line);
}
