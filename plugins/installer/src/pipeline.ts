import {
  BlockhostError,
  type Clock,
  failpoint,
  type HostConfig,
  hasCode,
  isBlockhostError,
  type Logger,
  type Paths,
  type StepContext,
  sentenceOf,
  type Token,
} from '@blockhost/kernel';
import type { Answers } from './answers.js';
import type { OwnedStep } from './collect-steps.js';
import { newStepState, type SetupState, type SetupStateFile, type StepState } from './setup-state.js';
import type { Secrets } from './vault.js';

const defaultTimeoutMs = 120_000;

export interface PipelineTools {
  readonly file: SetupStateFile;
  readonly paths: Paths;
  readonly config: HostConfig;
  readonly clock: Clock;
  readonly log: Logger;
  readonly get: <T>(token: Token<T>) => Promise<T>;
  readonly onProgress: (event: ProgressEvent) => void;
}

export interface ProgressEvent {
  readonly step: string;
  readonly label: string;
  readonly kind: 'started' | 'progress' | 'completed' | 'skipped' | 'failed' | 'already-done';
  readonly message?: string;
  /** Finished and all steps. */
  readonly done: number;
  readonly total: number;
}

/** Opens the state for these answers: a new one, or the one to go on with. Different answers are refused once a step has succeeded. */
export function openState(
  present: SetupState | null,
  answers: Answers | null,
  steps: readonly OwnedStep[],
): SetupState {
  if (!present && !answers)
    throw new BlockhostError('setup.not-started', 'No set-up has been started on this host.', {
      remedy: 'Start one with: blockhost setup --config FILE',
      exitCode: 2,
    });
  const begun = Object.values(present?.steps ?? {}).some((step) => step.status === 'completed');
  if (present && answers && present.config_hash !== answers.hash && begun)
    throw present.status === 'completed'
      ? new BlockhostError('setup.complete', 'This host was set up with other answers, and is complete.', {
          remedy:
            'Change settings with their own commands; a new host needs a root of its own (BLOCKHOST_ROOT).',
        })
      : new BlockhostError(
          'setup.answers-changed',
          'The answers differ from those this set-up was started with.',
          {
            remedy:
              'Go on with the same answers (--resume), or take these by adding --reset: steps find what they already did.',
          },
        );
  const state: SetupState =
    present && (!answers || present.config_hash === answers.hash)
      ? present
      : {
          schema_version: 1,
          run_id: crypto.randomUUID(),
          config_hash: answers?.hash ?? '',
          status: 'pending',
          started_at: null,
          completed_at: null,
          current_step: null,
          config: answers?.sections ?? {},
          steps: {},
        };
  for (const { step } of steps) state.steps[step.id] ??= newStepState();
  return state;
}

/**
 * The same answers with every step pending. What exists is found again: on disk, on the chain, and by the journals, which
 * say what was signed.
 */
export function resetState(state: SetupState): SetupState {
  if (state.status === 'completed')
    throw new BlockhostError('setup.complete', 'The set-up of this host is complete and cannot be reset.', {
      remedy: 'Change settings with their own commands.',
    });
  const steps = Object.entries(state.steps).map(([id, { journal }]) => [id, { ...newStepState(), journal }]);
  return { ...state, status: 'pending', current_step: null, steps: Object.fromEntries(steps) };
}

/**
 * Runs what is not done yet, in order, and stops at the first failure. Each change of the state is durable before the
 * next act, so that a killed run goes on where it was.
 */
export async function runPipeline(
  state: SetupState,
  steps: readonly OwnedStep[],
  secrets: Secrets,
  tools: PipelineTools,
  signal: AbortSignal,
): Promise<SetupState> {
  const now = () => new Date(tools.clock.now()).toISOString();
  state.status = 'running';
  state.started_at ??= now();
  await tools.file.save(state);

  for (const [index, owned] of steps.entries()) {
    const { id, label } = owned.step;
    const tell = (kind: ProgressEvent['kind'], message?: string) =>
      tools.onProgress({
        step: id,
        label,
        kind,
        ...(message === undefined ? {} : { message }),
        done: kind === 'started' || kind === 'progress' || kind === 'failed' ? index : index + 1,
        total: steps.length,
      });
    const step = state.steps[id] ?? newStepState();
    state.steps[id] = step;
    if (step.status === 'completed' || step.status === 'skipped') {
      tell('already-done');
      continue;
    }
    Object.assign(step, { status: 'running', error: null, started_at: now(), attempts: step.attempts + 1 });
    state.current_step = id;
    await tools.file.save(state);
    tell('started');
    try {
      failpoint(`setup.${id}:before`);
      const context = contextOf(owned, step, state, secrets, tools, signal, (message) =>
        tell('progress', message),
      );
      const result = await withDeadline(owned, context, signal);
      failpoint(`setup.${id}:after`);
      Object.assign(step, { status: result.status, completed_at: now(), data: { ...result.data } });
      await tools.file.save(state);
      tell(result.status);
    } catch (cause) {
      Object.assign(step, { status: 'failed', error: sentenceOf(cause) });
      state.status = 'failed';
      // A full disk must not hide what happened: the next run goes on from what was saved before the step.
      await tools.file.save(state).catch((error) => tools.log.warn('the state was not saved', { error }));
      tell('failed', sentenceOf(cause));
      if (hasCode(cause, 'setup.interrupted')) throw cause;
      throw new BlockhostError('setup.step-failed', `Step "${id}" of ${owned.plugin} failed.`, {
        cause,
        remedy:
          `${(isBlockhostError(cause) && cause.remedy) || 'Mend the cause.'}\n` +
          'Then go on with: blockhost setup --resume\n' +
          'If an answer was wrong, correct the file and give it with: --config FILE --reset',
      });
    }
  }
  Object.assign(state, { status: 'completed', completed_at: now(), current_step: null });
  await tools.file.save(state);
  return state;
}

function contextOf(
  { step, plugin, section }: OwnedStep,
  own: StepState,
  state: SetupState,
  secrets: Secrets,
  tools: PipelineTools,
  signal: AbortSignal,
  progress: (message: string) => void,
): StepContext {
  const limit = AbortSignal.timeout(step.timeoutMs ?? defaultTimeoutMs);
  return {
    answers: (section === null ? undefined : state.config[section]) ?? {},
    sections: state.config,
    secret(name) {
      const key = name.includes('.') ? name : `${section}.${name}`;
      const value = step.secrets?.includes(name) ? secrets[key] : undefined;
      if (value !== undefined) return value;
      throw new BlockhostError(
        'setup.needs-input',
        step.secrets?.includes(name)
          ? `The secret answer "${key}" is not here any more.`
          : `Step "${step.id}" does not declare the secret "${name}".`,
        { remedy: 'Run the set-up again with --config and the file that holds it.' },
      );
    },
    results: Object.fromEntries(Object.entries(state.steps).map(([id, { data }]) => [id, data])),
    journal: {
      get: <T>(key: string) => own.journal[key] as T | undefined,
      async put(key, value) {
        own.journal[key] = value;
        await tools.file.save(state);
      },
    },
    paths: tools.paths,
    config: tools.config,
    log: tools.log.with({ plugin, step: step.id }),
    signal: AbortSignal.any([signal, limit]),
    progress,
    get: tools.get,
  };
}

/** A step that ignores its signal is left behind after its time: the set-up fails, the step is found again later. */
async function withDeadline({ step }: OwnedStep, context: StepContext, signal: AbortSignal) {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () =>
    reject(
      signal.aborted
        ? new BlockhostError('setup.interrupted', 'The set-up was interrupted.', {
            remedy: 'Go on with: blockhost setup --resume',
            exitCode: 130,
          })
        : new BlockhostError(
            'setup.step-timed-out',
            `Step "${step.id}" did not end within ${(step.timeoutMs ?? defaultTimeoutMs) / 1000} s.`,
          ),
    );
  if (context.signal.aborted) onAbort();
  context.signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([step.run(context), aborted]);
  } finally {
    context.signal.removeEventListener('abort', onAbort);
  }
}
