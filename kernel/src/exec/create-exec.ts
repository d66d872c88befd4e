import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { BlockhostError } from '../errors/blockhost-error.js';
import type { Exec, ExecOptions, ExecResult } from '../ports/exec.js';
import type { Paths } from '../ports/paths.js';
import { childEnvironment } from './child-environment.js';
import { endGroup } from './end-group.js';
import { findProgram } from './find-program.js';
import { collectHead, collectTail } from './output.js';

const STDOUT_LIMIT = 1024 * 1024;
const STDERR_LIMIT = 64 * 1024;
/** After its exit, how long output of a child may still arrive when something it left behind holds the pipes. */
const DRAIN_MS = 1_000;

export interface ExecSetup {
  readonly paths: Paths;
  /** Milliseconds between SIGTERM and SIGKILL; 10,000 unless told. */
  readonly killAfterMs?: number;
}

/**
 * Runs programs as specification provisioners.md 2.1 asks: argument vector, own process group, rebuilt environment,
 * capped output, bounded time. A signal that is already aborted throws its reason and runs nothing; one that aborts later
 * ends the group and answers what came of it.
 */
export function createExec({ paths, killAfterMs = 10_000 }: ExecSetup): Exec {
  return {
    async run(argv, options) {
      options.signal?.throwIfAborted();
      const program = await findProgram(argv[0]);
      const cwd = options.cwd ?? (existsSync(paths.state) ? paths.state : '/');
      const child = await start(program, argv.slice(1), cwd, childEnvironment(paths, options.env), options);
      return finish(child, options, killAfterMs);
    },
  };
}

async function start(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
  { input }: ExecOptions,
): Promise<ChildProcess> {
  const child = spawn(program, args, {
    cwd,
    env,
    detached: true,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      const reason = existsSync(cwd)
        ? 'its interpreter is missing or its format unknown'
        : `no folder ${cwd}`;
      reject(
        new BlockhostError('exec.not-executable', `${program} cannot be started: ${reason}.`, {
          cause,
          remedy: 'Check its first line, its mode and the folder it runs in.',
        }),
      );
    });
  });
  // A child may close its input early: what it did not want to read is not our error.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  return child;
}

async function finish(child: ChildProcess, options: ExecOptions, killAfterMs: number): Promise<ExecResult> {
  const stdout = collectHead(child.stdout, STDOUT_LIMIT);
  const stderr = collectTail(child.stderr, STDERR_LIMIT, options.onProgress);
  const exited = new Promise<Pick<ExecResult, 'code' | 'signal'>>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));

  const ending = Promise.withResolvers<'timeout' | 'abort'>();
  const timer = setTimeout(() => ending.resolve('timeout'), options.timeoutMs);
  const onAbort = () => ending.resolve('abort');
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const end = await Promise.race([exited.then(() => 'exit' as const), ending.promise]);
    if (end !== 'exit') await endGroup(child, exited, killAfterMs);
    const result = await exited;
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())]);
    child.stdout?.destroy();
    child.stderr?.destroy();
    return {
      ...result,
      timedOut: end === 'timeout',
      stdout: stdout.text(),
      ...(stdout.truncated() ? { stdoutTruncated: true } : {}),
      stderr: stderr.text(),
    };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}
