import { type CommandIndex, words } from './command-index.js';
import type { CachedCommand } from './command-manifest.js';

/** What a command line asks for. */
export type Invocation =
  | { readonly kind: 'version' }
  /** Words joined by `:` of a command or topic; empty for everything. */
  | { readonly kind: 'help'; readonly subject: string }
  | { readonly kind: 'command'; readonly id: string; readonly argv: readonly string[] }
  /** A topic's words, if any, and the first word that leads nowhere. */
  | { readonly kind: 'unknown'; readonly words: readonly string[] };

/**
 * Reads a command line against the merged index: the longest leading words that name a command are the command, the
 * rest is its own. Help is a request wherever it stands before `--`, and the answer to a command that needs arguments
 * and got none (specification engine.md 2.1).
 */
export function readInvocation(
  index: CommandIndex,
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Invocation {
  const [first] = argv;
  if (first === '--version') return { kind: 'version' };
  if (first === 'help') return readInvocation(index, [...argv.slice(1), '--help'], env);

  const leading = argv.slice(0, firstFlag(argv));
  const known = (id: string) => index.commands.has(id) || index.broken.some((command) => command.id === id);
  for (let length = leading.length; length > 0; length -= 1) {
    const id = leading.slice(0, length).join(':');
    if (!known(id)) continue;
    const own = argv.slice(length);
    const cached = index.commands.get(id)?.cached;
    if (cached && takesNoWords(cached) && leading.length > length && isTopic(index, id)) {
      const more = leading.slice(0, length + 1);
      if (isTopic(index, more.join(':'))) break;
      return { kind: 'unknown', words: more };
    }
    if (cached && (asksForHelp(own, cached) || (own.length === 0 && needsMore(cached, env))))
      return { kind: 'help', subject: id };
    return { kind: 'command', id, argv: own };
  }

  let depth = 0;
  while (depth < argv.length && isTopic(index, argv.slice(0, depth + 1).join(':'))) depth += 1;
  const stray = argv[depth];
  return stray === undefined || isHelpFlag(stray)
    ? { kind: 'help', subject: argv.slice(0, depth).join(':') }
    : { kind: 'unknown', words: argv.slice(0, depth + 1) };
}

/** Every name a command line can begin with: commands and topics, as people type them. */
export function knownNames(index: CommandIndex): string[] {
  const names = new Set<string>();
  for (const [id, { cached }] of index.commands) {
    if (cached.hidden) continue;
    const parts = id.split(':');
    for (let length = 1; length <= parts.length; length += 1) names.add(parts.slice(0, length).join(' '));
  }
  for (const { id } of index.broken) if (id !== null) names.add(words(id));
  return [...names];
}

const isHelpFlag = (word: string) => word === '--help' || word === '-h';

function firstFlag(argv: readonly string[]): number {
  const at = argv.findIndex((word) => word.startsWith('-'));
  return at === -1 ? argv.length : at;
}

function asksForHelp(argv: readonly string[], command: CachedCommand): boolean {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  const shortIsFree = !Object.values(command.flags).some((flag) => flag.char === 'h');
  return own.includes('--help') || (shortIsFree && own.includes('-h'));
}

function needsMore(command: CachedCommand, env: NodeJS.ProcessEnv): boolean {
  if (command.bareIsUsageError === true) return false;
  const unset = (input: { required?: boolean; default?: unknown; env?: string }) =>
    input.required === true && input.default === undefined && !(input.env && env[input.env]);
  return Object.values(command.args).some(unset) || Object.values(command.flags).some(unset);
}

/** Behind a topic that is a command too (`plugins`), a word can only be a mistyped command of it. */
function takesNoWords(command: CachedCommand): boolean {
  return command.strict !== false && Object.keys(command.args).length === 0;
}

function isTopic(index: CommandIndex, id: string): boolean {
  for (const each of index.commands.keys()) if (each.startsWith(`${id}:`)) return true;
  return index.broken.some((command) => command.id?.startsWith(`${id}:`));
}
