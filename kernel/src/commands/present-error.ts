import { constants } from 'node:os';
import { inspect } from 'node:util';
import { diskRemedy } from '../config/unwritable.js';
import { isBlockhostError, sentenceOf } from '../errors/blockhost-error.js';

/** An error as the end of a command: what goes to stderr, and the exit code. */
export interface PresentedError {
  /** Empty when there is nothing to say. */
  readonly text: string;
  readonly exitCode: number;
}

/**
 * Known errors print as help. Anything else is a defect: it says so, names whom to tell, and how to see the stack.
 * `interruptedBy` is the signal that aborted the command, if one did; exit codes are then 128 + its number, as shells do.
 */
export function presentError(
  error: unknown,
  {
    owner,
    interruptedBy,
    debug,
  }: {
    readonly owner: { readonly plugin: string; readonly bugs: string | null } | null;
    readonly interruptedBy: NodeJS.Signals | null;
    readonly debug: boolean;
  },
): PresentedError {
  const stack = debug ? `\n${inspect(error)}` : '';
  if (interruptedBy && isAbort(error))
    return {
      text: `Interrupted by ${interruptedBy}.${stack}`,
      exitCode: 128 + constants.signals[interruptedBy],
    };
  if (isBlockhostError(error)) return { text: error.toHelp() + stack, exitCode: error.exitCode };
  if (isOclifError(error))
    return error.code === 'EEXIT'
      ? { text: '', exitCode: error.oclif.exit }
      : { text: error.message + stack, exitCode: error.oclif.exit };
  const remedy = diskRemedy(error, 'this host');
  if (remedy) return { text: `${sentenceOf(error)}\n${remedy}${stack}`, exitCode: 1 };
  const lines = [`Unexpected error: ${sentenceOf(error)}`];
  if (owner && owner.plugin !== 'kernel')
    lines.push(
      `This is a fault of the plugin ${owner.plugin}.${owner.bugs ? ` Tell its authors: ${owner.bugs}` : ''}`,
    );
  else lines.push('This is a fault of BlockHost itself.');
  if (!debug) lines.push('Set BLOCKHOST_DEBUG=1 to see where it happened.');
  return { text: lines.join('\n') + stack, exitCode: 1 };
}

function isAbort(error: unknown): boolean {
  return (
    (error as { name?: unknown } | null)?.name === 'AbortError' ||
    (error instanceof Error && isAbort(error.cause))
  );
}

interface OclifError extends Error {
  readonly code?: string;
  readonly oclif: { readonly exit: number };
}

function isOclifError(error: unknown): error is OclifError {
  return typeof (error as { oclif?: { exit?: unknown } } | null)?.oclif?.exit === 'number';
}
