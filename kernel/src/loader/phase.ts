import { AsyncLocalStorage } from 'node:async_hooks';
import { BlockhostError } from '../errors/blockhost-error.js';
import type { Logger } from '../ports/logger.js';
import { whenStandardOutputIsUsed } from '../run/standard-output.js';
import type { PluginPhase, PluginRecord } from './life-cycle.js';

/** The stretch of code in which a plugin runs; follows it through promises and timers. */
export interface PluginScope {
  readonly record: PluginRecord;
  readonly log: Logger;
  /** The phase that is still going on; null: the plugin runs on its own or is being called. */
  phase: { readonly name: PluginPhase; abort(error: unknown): void } | null;
}

const scopes = new AsyncLocalStorage<PluginScope>();

/** The plugin whose code, or whose timers, run now. */
export const currentScope = (): PluginScope | undefined => scopes.getStore();

/** Calls `act` as code of `record`, so that what it leaves behind can be told apart from the process's own. */
export function asPlugin<T>(record: PluginRecord, log: Logger, act: () => T): T {
  return scopes.run({ record, log, phase: null }, act);
}

/**
 * Runs one phase of a plugin within its deadline, with its own clock. Standard output goes to the log (it belongs to the
 * result of the command), and ending the process fails the phase instead. When the deadline passes, `signal` aborts and
 * the phase throws `phase.timed-out`; a plugin that blocks the thread is ended together with the process.
 */
export async function runPhase<T>(
  record: PluginRecord,
  log: Logger,
  name: 'import' | 'activation',
  act: (signal: AbortSignal) => Promise<T> | T,
): Promise<T> {
  const late = `its ${name} did not end within ${record.timeoutMs} ms`;
  const unwatch = await watchStranger(record, `${late} and blocks the process.`);
  const started = process.hrtime.bigint();
  const stopwatch = new AbortController();
  const { promise: broken, reject } = Promise.withResolvers<never>();
  const scope: PluginScope = { record, log, phase: { name, abort: reject } };
  const timer = setTimeout(() => {
    // The watchdog is ending the process: nobody goes on with what is left of it, which stays until it is told to end.
    if (Reflect.get(globalThis, Symbol.for('blockhost.blocked'))) {
      setTimeout(() => {}, record.timeoutMs + 60_000);
      return;
    }
    const error = new BlockhostError('phase.timed-out', `${late}.`);
    stopwatch.abort(error);
    reject(error);
  }, record.timeoutMs);
  const release = record.found.builtTogether ? () => {} : takeProcess();
  try {
    return await Promise.race([scopes.run(scope, async () => act(stopwatch.signal)), broken]);
  } finally {
    scope.phase = null;
    clearTimeout(timer);
    unwatch();
    release();
    record.timings[name] = (record.timings[name] ?? 0) + Number(process.hrtime.bigint() - started) / 1e6;
  }
}

/**
 * The thread that watches costs ten to thirty milliseconds, and opening standard output two. What was built and tested
 * together with this kernel is known to give the process back and to print nothing; everybody else's code is watched.
 */
async function watchStranger(record: PluginRecord, reason: string): Promise<() => void> {
  if (record.found.builtTogether) return () => {};
  const { watch } = await import('./watchdog.js');
  return watch(record.timeoutMs, record.failure('timed-out', reason).toHelp());
}

let phases = 0;
let giveBack: () => void = () => {};

/** While a phase goes on, a plugin can neither write to standard output nor end the process. */
function takeProcess(): () => void {
  if (phases++ === 0) giveBack = patchProcess();
  return () => {
    if (--phases === 0) giveBack();
  };
}

function patchProcess(): () => void {
  const { exit, abort } = process;
  const restore: (() => void)[] = [];
  const refuse = (call: string, original: () => never): never => {
    const phase = scopes.getStore()?.phase;
    if (!phase) return original();
    const error = new BlockhostError('phase.ended-process', `it called ${call} during its ${phase.name}.`);
    phase.abort(error);
    throw error;
  };
  process.exit = (code) => refuse(`process.exit(${code ?? ''})`, () => exit.call(process, code));
  process.abort = () => refuse('process.abort()', () => abort.call(process));
  const ignore = whenStandardOutputIsUsed((stream) => {
    const { write } = stream;
    stream.write = ((...args: Parameters<typeof write>) => {
      const scope = scopes.getStore();
      if (!scope?.phase) return write.apply(stream, args);
      const text = typeof args[0] === 'string' ? args[0] : Buffer.from(args[0]).toString();
      scope.log.warn('plugin wrote to standard output', { phase: scope.phase.name, text: text.trimEnd() });
      const done: unknown = args.findLast((each: unknown) => typeof each === 'function');
      if (typeof done === 'function') process.nextTick(done as () => void);
      return true;
    }) as typeof write;
    restore.push(() => {
      stream.write = write;
    });
  });

  return () => {
    process.exit = exit;
    process.abort = abort;
    ignore();
    for (const act of restore) act();
  };
}
