import { lstatSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { BlockhostError, inject, PATHS, type Paths, type PrivilegedActions } from '@blockhost/kernel';
import { encodeFrame, FrameReader } from './frame.js';
import { LIMITS } from './limits.js';

/** Specification host.md 2.7. */
const TIMEOUT_MS = 300_000;
/** Pauses between attempts to connect: an agent that is being restarted is back by then, a missing one is told soon. */
const PAUSES_MS = [50, 100, 200, 400, 800];

/** Asks the root agent over `$RUN/root-agent.sock`. Only connecting is tried again, never a call that was sent. */
export default class RootAgentClient implements PrivilegedActions {
  constructor(@inject(PATHS) private readonly paths: Paths) {}

  async call(
    action: string,
    parameters: Readonly<Record<string, unknown>>,
    { timeoutMs = TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    const request = encodeFrame(JSON.stringify({ action, params: parameters }));
    if (request.length > LIMITS.frame)
      throw new BlockhostError('root-agent.too-large', `The parameters of ${action} are larger than 1 MiB.`);
    const deadline = performance.now() + timeoutMs;
    const socket = await this.#connect(deadline);
    try {
      return resultOf(action, await exchange(socket, request, action, deadline));
    } finally {
      socket.destroy();
    }
  }

  async #connect(deadline: number): Promise<Socket> {
    const path = join(this.paths.run, 'root-agent.sock');
    for (let attempt = 0; ; attempt++) {
      try {
        this.#verify(path);
        return await connected(path, deadline);
      } catch (cause) {
        const pause = PAUSES_MS[attempt];
        if (pause === undefined || !mayComeBack(cause) || performance.now() + pause > deadline)
          throw unreachable(path, cause);
        await wait(pause);
      }
    }
  }

  /** Nothing is written to a socket that others than root put there; in a development root, than ourselves. */
  #verify(path: string): void {
    const { uid } = lstatSync(path);
    if (uid === 0 || (this.paths.root !== '/' && uid === process.geteuid?.())) return;
    throw new BlockhostError('root-agent.foreign-socket', `${path} belongs to user ${uid}, not to root.`);
  }
}

function connected(path: string, deadline: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    const timer = setTimeout(
      () => socket.destroy(new Error('it does not answer')),
      deadline - performance.now(),
    );
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('close', () => clearTimeout(timer));
  });
}

/** The body of the answer. Throws `root-agent.unanswered` when none came: the action may have been done or not. */
function exchange(socket: Socket, request: Buffer, action: string, deadline: number): Promise<Buffer> {
  const reader = new FrameReader(LIMITS.frame);
  return new Promise((resolve, reject) => {
    const fail = (sentence: string, cause?: unknown) => reject(unanswered(action, sentence, cause));
    const timer = setTimeout(() => fail('gave no answer in time'), Math.max(0, deadline - performance.now()));
    socket.once('close', () => {
      clearTimeout(timer);
      fail('ended the connection without an answer');
    });
    socket.once('error', (cause) => fail('broke the connection', cause));
    socket.on('data', (chunk: Buffer) => {
      const state = reader.push(chunk);
      if (state.kind === 'complete') resolve(state.body);
      else if (state.kind !== 'partial') fail('gave an answer that is no single frame of at most 1 MiB');
    });
    socket.write(request);
  });
}

function resultOf(action: string, body: Buffer): Readonly<Record<string, unknown>> {
  let answer: unknown;
  try {
    answer = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw unanswered(action, 'gave an answer that is no JSON', cause);
  }
  if (typeof answer !== 'object' || answer === null || !('ok' in answer) || typeof answer.ok !== 'boolean')
    throw unanswered(action, 'gave an answer that says neither yes nor no');
  const { ok, ...rest } = answer as { readonly ok: boolean; readonly [name: string]: unknown };
  if (ok) return rest;
  const code = CODES.find((each) => each === rest.code) ?? 'failed';
  const sentence = typeof rest.error === 'string' ? rest.error : 'The root agent gave no reason.';
  throw new BlockhostError(`root-agent.${code.replaceAll('_', '-')}`, sentence, {
    facts: { action },
    ...(REMEDIES[code] === undefined ? {} : { remedy: REMEDIES[code] }),
  });
}

const CODES = [
  'unknown_action',
  'invalid_params',
  'denied',
  'busy',
  'timeout',
  'failed',
  'too_large',
  'internal',
] as const;

const REMEDIES: Readonly<Partial<Record<(typeof CODES)[number], string>>> = {
  unknown_action: 'Install the package that brings this action, and look at the health of the root agent.',
  busy: 'Try again in a moment.',
  timeout: 'Look at what it left half done; its log tells more: journalctl -u blockhost-root-agent',
  internal: 'Look at its log: journalctl -u blockhost-root-agent',
};

/** Reasons that go away when the agent is back. */
function mayComeBack(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ['ENOENT', 'ECONNREFUSED', 'EAGAIN', 'ECONNRESET'].includes(code);
}

function unreachable(path: string, cause: unknown): BlockhostError {
  const forbidden =
    cause instanceof Error && 'code' in cause && ['EACCES', 'EPERM'].includes(String(cause.code));
  return new BlockhostError('root-agent.unreachable', 'The root agent cannot be reached; nothing was done.', {
    cause,
    facts: { socket: path },
    remedy: forbidden
      ? 'Run this as an account of the group "blockhost", or as root.'
      : 'Start it: systemctl start blockhost-root-agent',
  });
}

function unanswered(action: string, sentence: string, cause?: unknown): BlockhostError {
  return new BlockhostError(
    'root-agent.unanswered',
    `The root agent ${sentence}: "${action}" may have been done or not.`,
    { ...(cause === undefined ? {} : { cause }), remedy: 'Look whether it was done before you do it again.' },
  );
}
