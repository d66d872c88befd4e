import { sentenceOf, withRun } from '@blockhost/kernel';
import type { Settings } from '../settings.js';
import { abandonVm } from '../vms/provision-vm.js';
import { withVmLock } from '../vms/vm-lock.js';
import { endsWith } from './ends-with.js';
import { closeEntry, type Entry, type EntryChanges, findEntry, updateEntry } from './entry.js';
import { LONG_PAUSE_MS, verdictOn } from './failure.js';
import type { Host } from './host.js';
import { isoSeconds } from './known.js';
import { hasActiveEntry, nextEntry } from './queue.js';
import type { Stage } from './stage.js';
import { stageAfter } from './stages.js';

/** Works the queue off, one entry at a time, one durable stage after the other (engine.md 3.5, 3.6). */
export class Pipeline {
  #wake = new AbortController();

  constructor(
    private readonly host: Host,
    private readonly settings: Settings,
    /** Runs while no entry is worked on, and keeps the next one waiting; answers when to be called again. */
    private readonly betweenEntries: (signal: AbortSignal) => Promise<number> = async () =>
      Number.POSITIVE_INFINITY,
  ) {}

  /** Looks for work at once. */
  wake(): void {
    this.#wake.abort();
  }

  /** Works until `signal` aborts; what runs then stays active and resumes at its stage. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.host;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const dueAt = await this.turn(signal).catch((error: unknown) => {
        if (!signal.aborted)
          log.error('the pipeline stumbled and tries again', { reason: sentenceOf(error) });
        return clock.now() + this.settings.pollIntervalMs;
      });
      if (dueAt === null || signal.aborted) continue;
      const pause = Math.min(dueAt - clock.now(), LONG_PAUSE_MS);
      await clock.sleep(pause, AbortSignal.any([signal, this.#wake.signal])).catch(() => {});
    }
  }

  /** Lets others work when no entry is active, then takes one stage further; as {@link advance}. */
  private async turn(signal: AbortSignal): Promise<number | null> {
    const othersAt = (await hasActiveEntry(this.host.database))
      ? Number.POSITIVE_INFINITY
      : await this.betweenEntries(signal);
    if (signal.aborted) return null;
    const dueAt = await this.advance(signal);
    return dueAt === null ? null : Math.min(dueAt, othersAt);
  }

  /** Takes one stage further; null when it did, else the moment of the next work. */
  async advance(signal: AbortSignal): Promise<number | null> {
    const next = await nextEntry(this.host.database, this.host.clock.now());
    if ('dueAt' in next) return next.dueAt;
    const { entry } = next;
    if (entry.kind === 'create' && entry.cancelRequested) {
      await this.host.vms.markTokenFailed(entry.vmName);
      await this.close(entry, 'cancelled');
      return null;
    }
    const stage = stageAfter(entry.kind, entry.stage);
    if (stage === null) await this.finish(entry);
    else await this.perform(entry, stage, signal);
    return null;
  }

  private async perform(entry: Entry, stage: Stage, signal: AbortSignal): Promise<void> {
    const { host, settings } = this;
    const log = host.log.with({ entry: entry.id, stage: stage.name });
    const limited = AbortSignal.any([signal, AbortSignal.timeout(stage.timeoutMs)]);
    try {
      await withRun({ name: entry.kind, id: entry.operationId, log, signal: limited }, async (run) => {
        const changes = await endsWith(
          limited,
          run.step(stage.name, () => stage.act(entry, { ...host, settings, run, log })),
        );
        await run.step(`save-${stage.name}`, () =>
          this.update(entry, {
            ...changes,
            stage: stage.reached,
            attempts: 0,
            nextAttemptAt: 0,
            lastError: null,
            needsOperator: false,
          }),
        );
      });
      log.info('stage reached', { reached: stage.reached });
    } catch (error) {
      if (signal.aborted) return;
      await this.failed(entry, stage, error);
    }
  }

  private async failed(entry: Entry, stage: Stage, error: unknown): Promise<void> {
    const { host, settings } = this;
    const verdict = verdictOn(error);
    const lastError = describe(error);
    const delay = settings.retryDelaysMs[entry.attempts];
    const log = host.log.with({ entry: entry.id, stage: stage.name, reason: lastError });
    if (verdict !== 'permanent' && delay !== undefined) {
      log.warn('stage failed, another try follows', { tries: entry.attempts + 1, delayMs: delay });
      await this.retryIn(entry, delay, lastError, 'active');
    } else if (verdict === 'wait' || verdict === 'wait-for-operator') {
      log.warn('stage waits for something outside, others go first', { delayMs: LONG_PAUSE_MS });
      await this.retryIn(entry, LONG_PAUSE_MS, lastError, 'queued', verdict === 'wait-for-operator');
    } else {
      log.error('entry failed');
      await this.giveUp(entry, stage, error, lastError).catch(async (obstacle: unknown) => {
        if (verdictOn(obstacle) !== 'wait') throw obstacle;
        // What is left of it cannot be removed now: it is neither given up nor forgotten, and the others go first.
        log.warn('giving up waits for something outside', { obstacle: sentenceOf(obstacle) });
        await this.retryIn(entry, LONG_PAUSE_MS, lastError, 'queued');
      });
    }
  }

  private retryIn(
    entry: Entry,
    delay: number,
    lastError: string,
    state: 'active' | 'queued',
    needsOperator = false,
  ): Promise<void> {
    return this.update(entry, {
      state,
      lastError,
      // Who was called stays called until it has succeeded.
      needsOperator: needsOperator || entry.needsOperator,
      attempts: entry.attempts + 1,
      nextAttemptAt: this.host.clock.now() + delay,
    });
  }

  /**
   * What was made only for this entry and cannot serve any more goes, before the entry says so. A person is called, unless
   * the VM stands and the reconciler tries again to give it its credential.
   */
  private async giveUp(entry: Entry, stage: Stage, error: unknown, lastError: string): Promise<void> {
    const { host } = this;
    const withoutVm =
      entry.kind === 'create' && ['decrypt', 'reserve-token', 'create-vm'].includes(stage.name);
    if (withoutVm)
      await withRun({ name: entry.kind, id: entry.operationId, log: host.log }, async (run) => {
        const order = { name: entry.vmName, operationId: entry.operationId };
        await run.step('abandon-vm', () =>
          withVmLock(host.paths, entry.vmName, 'giving up', () => abandonVm(order, host, error)),
        );
        await run.step('release-token', () => host.vms.markTokenFailed(entry.vmName));
      });
    await this.close(entry, 'failed', {
      lastError,
      failedStage: stage.reached,
      needsOperator: entry.kind !== 'create' || withoutVm || verdictOn(error) === 'permanent',
      ...(withoutVm && entry.reservedTokenId !== null ? { stage: 'decrypted', reservedTokenId: null } : {}),
    });
  }

  /** Applies what was bought meanwhile and closes the entry, unless yet more came in between: then again. */
  private async finish(entry: Entry): Promise<void> {
    const { vms, log } = this.host;
    if (entry.kind === 'create' && entry.supersededExpiresAt !== null)
      await vms.extendTo(entry.vmName, isoSeconds(entry.supersededExpiresAt));
    if (await this.close(entry, 'done')) log.info('entry complete', { entry: entry.id, vm: entry.vmName });
  }

  /** False when the chain added to the entry since it was read. */
  private close(
    entry: Entry,
    state: 'done' | 'failed' | 'cancelled',
    changes: EntryChanges = {},
  ): Promise<boolean> {
    const { database, clock, log } = this.host;
    return withRun({ name: entry.kind, id: entry.operationId, log }, (run) =>
      run.step('close', () =>
        database.transaction(async (tx) => {
          const fresh = await findEntry(tx, entry.id);
          if (fresh?.supersededExpiresAt !== entry.supersededExpiresAt) return false;
          const stage = state === 'done' ? { stage: 'complete', needsOperator: false } : {};
          await closeEntry(tx, entry.id, { ...stage, ...changes, state }, clock.now());
          return true;
        }),
      ),
    );
  }

  private update(entry: Entry, changes: EntryChanges): Promise<void> {
    return updateEntry(this.host.database, entry.id, changes, this.host.clock.now());
  }
}

/** Sentence, and what the person in charge can do about it. */
function describe(error: unknown): string {
  const remedy =
    typeof error === 'object' && error !== null && 'remedy' in error && typeof error.remedy === 'string'
      ? ` ${error.remedy}`
      : '';
  return `${sentenceOf(error)}${remedy}`;
}
