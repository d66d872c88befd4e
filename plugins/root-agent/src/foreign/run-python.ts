import { join } from 'node:path';
import { BlockhostError, type Exec, type Logger } from '@blockhost/kernel';

/** The program that imports a module in a process of its own; part of this plugin. */
export const RUNNER = join(import.meta.dirname, '../../python/run_action.py');

/** Isolated: neither the environment nor what somebody left compiled decides what runs. */
const PYTHON = ['/usr/bin/python3', '-I', '-B', '-X', 'pycache_prefix=/dev/null', RUNNER] as const;

interface Order {
  /** null asks which actions there are. */
  readonly action: string | null;
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * Lets a foreign module do one thing and answers what it answered, `ok` taken out of it. Throws `root-agent.foreign-failed`
 * with the module's own sentence when it answered `ok: false`, or with ours when it gave no such answer.
 */
export async function runPython(
  exec: Exec,
  file: string,
  order: Order,
  timeoutMs: number,
  log: Logger,
): Promise<Readonly<Record<string, unknown>>> {
  const input = JSON.stringify(order);
  const { code, stdout, stdoutTruncated, stderr, timedOut } = await exec.run([...PYTHON, file], {
    input,
    timeoutMs,
  });
  if (timedOut) throw failed(`${file} did not end within ${timeoutMs} ms.`);
  if (code !== 0) {
    log.error('foreign module failed', { file, action: order.action, messages: stderr.slice(-2_000) });
    throw failed(`${file} failed unexpectedly: see the log of the root agent.`);
  }
  if (stdoutTruncated) throw failed(`${file} gave an answer larger than 1 MiB.`);
  const { ok, error, ...rest } = parsed(stdout);
  if (ok === true) return rest;
  if (ok === false && typeof error === 'string') throw failed(error.slice(0, 500));
  throw failed(`${file} gave an answer that says neither yes nor no.`);
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

const failed = (sentence: string) => new BlockhostError('root-agent.foreign-failed', sentence);
