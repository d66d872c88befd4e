import { realpathSync } from 'node:fs';
import { inspect } from 'node:util';
import { isBlockhostError, sentenceOf } from '../errors/blockhost-error.js';
import { maskText } from '../log/mask-text.js';
import type { Logger } from '../ports/logger.js';
import type { PluginRecord } from './life-cycle.js';
import { currentScope } from './phase.js';

interface Watched {
  readonly records: readonly PluginRecord[];
  readonly log: Logger;
}

/** Kernels of this process; they share one handler, so that each error is judged once. */
const watched = new Set<Watched>();

let stop: ((error: unknown) => void) | null = null;

/**
 * Charges errors that nobody caught to the plugin they come from: during a phase the phase fails, afterwards the plugin
 * is `crashed`. That ends the process when the plugin is required, or is what the process runs: its daemon, or a command
 * (whose plugin was never loaded for its services). Answers how to stop watching.
 *
 * Each error is told once: by the log when the process goes on, else by whatever ends it.
 */
export function attributeCrashes(records: readonly PluginRecord[], log: Logger): () => void {
  const kernel = { records, log };
  if (watched.size === 0) process.on('uncaughtException', judge);
  watched.add(kernel);
  return () => {
    watched.delete(kernel);
    if (watched.size === 0) process.off('uncaughtException', judge);
  };
}

/** While a daemon runs, what ends the process is handed to it instead, so that it stops first. Answers how to end that. */
export function stopOnCrash(how: (error: unknown) => void): () => void {
  stop = how;
  return () => {
    stop = null;
  };
}

function judge(error: unknown): void {
  const scope = currentScope();
  for (const { records, log } of watched) {
    const record = culprit(error, records) ?? records.find((each) => each === scope?.record);
    if (!record) continue;
    if (scope?.phase && scope.record === record) {
      scope.phase.abort(error);
      return;
    }
    const fatal = record.required || record.essential || record.state === 'indexed';
    const failure = record.fail('crashed', `nobody caught its error: ${sentenceOf(error)}`, { cause: error });
    if (fatal) end(failure);
    else log.error('plugin crashed', { plugin: record.name, error: sentenceOf(error) });
    return;
  }
  // Not of a plugin: as without this handler, unless somebody else listens too.
  if (process.listenerCount('uncaughtException') === 1) end(error);
}

function end(error: unknown): void {
  if (stop) {
    stop(error);
    return;
  }
  const [message, code] = isBlockhostError(error)
    ? [error.toHelp(), error.exitCode]
    : [`Uncaught ${inspect(error)}`, 1];
  process.stderr.write(`${maskText(message)}\n`);
  process.exit(code);
}

/** The plugin whose module stands first in the stack of the error; its message may name any path. */
function culprit(error: unknown, records: readonly PluginRecord[]): PluginRecord | undefined {
  const frames = (error instanceof Error ? (error.stack ?? '') : '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line));
  for (const frame of frames) {
    const record = records.find((each) => frame.includes(`${folderOf(each)}/`));
    if (record) return record;
  }
  return undefined;
}

function folderOf({ found: { home } }: PluginRecord): string {
  try {
    return realpathSync(home);
  } catch {
    return home;
  }
}
