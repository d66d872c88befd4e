import {
  BlockhostError,
  type HostConfig,
  type Logger,
  type Paths,
  type RootAction,
  type RootActionContext,
  schemaProblems,
} from '@blockhost/kernel';
import type { ActionTable } from './action-table.js';
import { type Answer, failure, failureOf } from './answer.js';
import type { Audit } from './audit.js';
import { LIMITS } from './limits.js';
import type { Peer } from './peer.js';
import type { Request } from './request.js';
import { createRootExec } from './root-exec.js';
import { FULL, type WorkQueue } from './work-queue.js';

export interface DispatcherOptions {
  readonly table: ActionTable;
  readonly queue: WorkQueue;
  readonly audit: Audit;
  readonly paths: Paths;
  readonly config: HostConfig;
  readonly log: Logger;
  /** Called when an action of that resource has ended, whatever came of it. */
  readonly onEnd: (resource: string) => void;
}

/** How long an action may take to notice that its time is over, after its children were killed. */
const GRACE_MS = LIMITS.killAfterMs + 1_000;

interface Call {
  readonly resource: string;
  /** Who asks, as far as it is known and matters. */
  readonly peer: () => Promise<Peer | null>;
  readonly early: (answer: Answer) => void;
}

/** From a request to its answer: known, valid, recorded, in turn, within its time. Never throws. */
export class Dispatcher {
  /** Calls that went on after their time was over and their children were ended. */
  readonly overdue = new Set<{ readonly name: string }>();
  readonly #lives = new Set<AbortController>();

  constructor(private readonly options: DispatcherOptions) {}

  async answer({ action: name, params }: Request, whoAsks: () => Promise<Peer | null>): Promise<Answer> {
    const action = this.options.table.actions.get(name);
    if (!action)
      return this.#refuse(name, failure('unknown_action', 'The root agent has no action of this name.'));
    try {
      const problems = await schemaProblems(action.parameters, params);
      if (problems.length > 0) {
        const mistakes = problems.map(
          ({ pointer, problem }) => `${pointer.slice(1) || 'the object'} ${problem}`,
        );
        return this.#refuse(
          name,
          failure('invalid_params', `The parameters of ${name} are wrong: ${mistakes.join('; ')}.`),
        );
      }
      const resource = action.resource(params);
      const early = Promise.withResolvers<Answer>();
      let asked: Promise<Peer | null> | undefined;
      const peer = () => {
        asked ??= action.mutates === false ? Promise.resolve(null) : whoAsks();
        return asked;
      };
      const work = this.options.queue.run(resource, () =>
        this.#perform(action, params, { resource, peer, early: early.resolve }),
      );
      if (work === FULL) return this.#refuse(name, failure('busy', 'Too much is waiting to be done.'));
      // Also of a call that waits: its caller may be gone when it is its turn.
      void peer();
      return await Promise.race([early.promise, work]);
    } catch (error) {
      this.options.log.error('root agent failed', { action: name, error });
      return failureOf(error);
    }
  }

  /** Ends what is still under way, with its children: it is told as a timeout. */
  endAll(): void {
    const reason = new BlockhostError('root-agent.timeout', 'The root agent stops.');
    for (const life of this.#lives) life.abort(reason);
  }

  #refuse(name: string, answer: Answer): Answer {
    this.options.audit.refused(name, answer);
    return answer;
  }

  /** Resolves when the action ended: nothing else touches its resource before. `early` answers one that does not end. */
  async #perform(
    action: RootAction,
    params: Readonly<Record<string, unknown>>,
    { resource, peer, early }: Call,
  ): Promise<Answer> {
    const record = this.options.audit.call(action, params, await peer());
    let answer: Answer;
    try {
      await record.begin();
      answer = await this.#run(action, params, early);
    } catch (error) {
      answer = failureOf(error);
      if (answer.code === 'internal')
        this.options.log.error('root action failed', { action: action.name, error });
    }
    await record.end(answer);
    this.options.onEnd(resource);
    return answer;
  }

  async #run(
    action: RootAction,
    params: Readonly<Record<string, unknown>>,
    early: (answer: Answer) => void,
  ): Promise<Answer> {
    const sentence = `${action.name} did not end within ${action.timeoutMs} ms.`;
    const life = new AbortController();
    this.#lives.add(life);
    const call = { name: action.name };
    let grace: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => {
      life.abort(new BlockhostError('root-agent.timeout', sentence));
      grace = setTimeout(() => {
        this.overdue.add(call);
        early(failure('timeout', `${sentence} It still goes on.`));
      }, GRACE_MS);
    }, action.timeoutMs);
    try {
      const result = await action.run(params, this.#context(action, life.signal));
      // It ended, but a part of it may have been cut off.
      return life.signal.aborted ? failure('timeout', sentence) : { ...result, ok: true };
    } catch (error) {
      if (life.signal.aborted) return failure('timeout', sentence);
      throw error;
    } finally {
      clearTimeout(timer);
      clearTimeout(grace);
      this.#lives.delete(life);
      this.overdue.delete(call);
    }
  }

  #context({ name }: RootAction, signal: AbortSignal): RootActionContext {
    const { paths, config, log } = this.options;
    return { paths, config, signal, log: log.with({ action: name }), exec: createRootExec(paths, signal) };
  }
}
