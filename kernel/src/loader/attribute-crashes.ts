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

/**
 * Charges errors that nobody caught to the plugin they come from: during a phase the phase fails, afterwards the plugin
 * is `crashed`. That ends the process when the plugin is required, or is what the process runs: its daemon, or a command
 * (whose plugin was never loaded for its services). Answers how to stop watching.
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
    log.error('plugin crashed', { plugin: record.name, error: sentenceOf(error), fatal });
    if (fatal) end(failure.toHelp(), failure.exitCode);
    return;
  }
  // Not of a plugin: as without this handler, unless somebody else listens too.
  if (process.listenerCount('uncaughtException') === 1)
    isBlockhostError(error) ? end(error.toHelp(), error.exitCode) : end(`Uncaught ${inspect(error)}`, 1);
}

function end(message: string, code: number): never {
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
