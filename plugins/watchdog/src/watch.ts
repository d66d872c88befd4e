import {
  type Clock,
  type HostConfig,
  type Logger,
  type Paths,
  type Provisioner,
  type ProvisionerCapabilities,
  sentenceOf,
  type VmRecord,
  type VmStore,
} from '@blockhost/kernel';
import type { Enforcer } from './acts/enforcer.js';
import type { Ledger } from './acts/ledger.js';
import type { FindingsTable } from './health/findings-table.js';
import { HealthWatch } from './health/health-watch.js';
import type { History } from './history/history.js';
import { Probe } from './probe.js';
import { type Bucket, emptyBucket } from './rules/bucket.js';
import { nextInterval } from './rules/interval.js';
import { judge, type Key, type Move, type Sample } from './rules/judge.js';
import { ground } from './rules/ladder.js';
import { type Rules, readRules } from './rules/plan-limits.js';
import { readSettings, type Settings } from './settings.js';

const TIDY_EVERY_MS = 3_600_000;
/** VMs that are named where something runs out. */
const NAMED = 3;

export interface WatchHost {
  readonly vms: VmStore;
  readonly provisioner: Provisioner & Partial<ProvisionerCapabilities>;
  readonly config: HostConfig;
  readonly clock: Clock;
  readonly paths: Paths;
  readonly log: Logger;
  readonly ledger: Ledger;
  readonly enforcer: Enforcer;
  readonly findings: FindingsTable;
  readonly history: History;
}

/** How the last look went. Times in ms. */
export interface LastLook {
  readonly vms: number;
  readonly measured: number;
  readonly costMs: number;
  /** From the beginning of this look to that of the next. */
  readonly intervalMs: number;
  readonly pauseMs: number;
  /** Steps above the foot of the ladder. */
  readonly standing: number;
  readonly findings: number;
  readonly mode: 'observing' | 'dry run' | 'acting';
  /** Since when there were VMs and figures of none. */
  readonly blindSince: number | null;
}

/** One look after the other: measure, keep, judge, act, tell. */
export class Watch {
  #settings: Settings = { budgetMs: 500, minIntervalMs: 10_000 };
  #rules: Rules | null = null;
  /** Files that are wrong, by name; what held before holds on. */
  readonly #problems = new Map<string, string>();
  readonly #probe: Probe;
  #buckets: ReadonlyMap<Key, Bucket> = new Map();
  readonly #health: HealthWatch;
  #tidiedAt: number | null = null;
  #isUnfinished = true;
  #isOverBudget = false;
  #last: LastLook | null = null;
  /** Steps are taken beside the looks, one after the other: suspending a VM may take minutes. */
  #steps: Promise<void> = Promise.resolve();
  readonly #underWay = new Set<Key>();
  #stepFailure: unknown = null;

  constructor(private readonly host: WatchHost) {
    const { provisioner, clock, findings, paths, history } = host;
    this.#probe = new Probe(provisioner, clock);
    this.#health = new HealthWatch({
      findings,
      clock,
      folder: paths.state,
      greatest: (name) => history.greatest(name, clock.now(), NAMED).map(({ vm }) => vm),
    });
  }

  get last(): LastLook | null {
    return this.#last;
  }

  get minIntervalMs(): number {
    return this.#settings.minIntervalMs;
  }

  /** What is wrong with its files, in a sentence; null when nothing is. */
  get problem(): string | null {
    return [...this.#problems.values()].join(' ') || null;
  }

  /** Reads both files again. One that is wrong changes nothing and is told of. */
  async reload(): Promise<void> {
    const { config, log } = this.host;
    const tried = async (name: string, read: () => Promise<void>) => {
      try {
        await read();
        this.#problems.delete(name);
      } catch (error) {
        this.#problems.set(name, sentenceOf(error));
        log.error('a file of the watchdog is wrong: what held before holds on', {
          reason: sentenceOf(error),
        });
      }
    };
    await tried('monitor.yaml', async () => {
      this.#settings = await readSettings(config);
    });
    await tried('plan-limits.yaml', async () => {
      const rules = await readRules(config);
      this.#isUnfinished ||= this.#rules?.dryRun !== false;
      this.#rules = rules;
    });
    const exempt = [...(this.#rules?.exempt ?? [])];
    log.info('watching', {
      mode: this.mode,
      everyMs: this.minIntervalMs,
      plans: this.#rules?.plans.size ?? 0,
      exempt,
    });
  }

  get mode(): LastLook['mode'] {
    if (this.#rules === null) return 'observing';
    return this.#rules.dryRun ? 'dry run' : 'acting';
  }

  /** Looks once. Throws when the host's own records cannot be read, or the ledger not be written. */
  async look(signal: AbortSignal): Promise<LastLook> {
    const { vms, clock, history, log } = this.host;
    if (this.#stepFailure !== null) {
      const failure = this.#stepFailure;
      this.#stepFailure = null;
      throw failure;
    }
    const live = await vms.list();
    const active = live.filter(({ status, destroyPending }) => status === 'active' && !destroyPending);
    const { samples, unmeasured, costMs } = await this.#probe.look(active);
    const now = clock.now();
    const intervalMs = nextInterval(this.#settings.minIntervalMs, costMs);
    this.tellBudget(costMs);
    for (const [id, reason] of unmeasured)
      log.debug('a VM was not measured', { vm: active.find((vm) => vm.operationId === id)?.name, reason });

    await history.take(active, samples, now);
    const standing = await this.enforce(active, samples, { now, intervalMs, signal });
    await this.tidy(live, now);
    const findings = await this.#health.look(active, samples);
    const isBlind = active.length > 0 && samples.size === 0;
    this.#last = {
      vms: active.length,
      measured: samples.size,
      costMs,
      intervalMs,
      pauseMs: Math.max(0, intervalMs - costMs),
      standing,
      findings,
      mode: this.mode,
      blindSince: isBlind ? (this.#last?.blindSince ?? now) : null,
    };
    return this.#last;
  }

  /** Resolves when no step is under way. */
  async settled(): Promise<void> {
    await this.#steps;
  }

  /** Waits for the step that is under way, and writes what the present minutes have. */
  async end(): Promise<void> {
    await this.settled();
    await this.host.history.flush();
  }

  /** Answers how many steps above the foot of the ladder VMs stand. */
  private async enforce(
    vms: readonly VmRecord[],
    samples: ReadonlyMap<string, Sample>,
    {
      now,
      intervalMs,
      signal,
    }: { readonly now: number; readonly intervalMs: number; readonly signal: AbortSignal },
  ): Promise<number> {
    const rules = this.#rules;
    if (rules === null) return 0;
    const { ledger, enforcer } = this.host;
    if (this.#isUnfinished && !rules.dryRun) {
      this.#isUnfinished = false;
      this.afterwards(
        () =>
          enforcer.finish({ rules, signal }).catch((error: unknown) => {
            this.#isUnfinished = true;
            throw error;
          }),
        signal,
      );
    }
    const rungs = await ledger.rungs(rules.dryRun);
    const { buckets, moves } = judge({
      vms,
      samples,
      rules,
      buckets: this.#buckets,
      rungs,
      now,
      // A look that took long says nothing about how old a sample may be.
      intervalMs: Math.max(intervalMs, this.#last?.intervalMs ?? 0),
    });
    this.#buckets = buckets;
    for (const move of moves) this.step(move, { rules, vms: vms.length, signal });
    return [...rungs.values()].filter(({ step }) => step !== 'none').length;
  }

  private step(move: Move, circumstances: Parameters<Enforcer['take']>[1]): void {
    if (this.#underWay.has(move.key)) return;
    this.#underWay.add(move.key);
    const { signal } = circumstances;
    this.afterwards(async () => {
      try {
        const { ledger, enforcer } = this.host;
        // It may have moved since: what a process before had begun is finished first.
        const rung = (await ledger.rungs(circumstances.rules.dryRun)).get(move.key) ?? ground;
        const isTaken = rung.step === move.from && (await enforcer.take(move, circumstances));
        const bucket = this.#buckets.get(move.key);
        // What was used before a step back, or before a VM was held, does not count towards the next step.
        if (isTaken && bucket)
          this.#buckets = new Map(this.#buckets).set(move.key, {
            ...bucket,
            calmMs: 0,
            level: move.to === 'throttle' ? emptyBucket.level : bucket.level,
          });
      } finally {
        this.#underWay.delete(move.key);
      }
    }, signal);
  }

  private afterwards(act: () => Promise<unknown>, signal: AbortSignal): void {
    this.#steps = this.#steps.then(async () => {
      if (signal.aborted) return;
      try {
        await act();
      } catch (error) {
        if (!signal.aborted) this.#stepFailure = error;
      }
    });
  }

  private async tidy(live: readonly VmRecord[], now: number): Promise<void> {
    if (this.#tidiedAt !== null && Math.abs(now - this.#tidiedAt) < TIDY_EVERY_MS) return;
    this.#tidiedAt = now;
    await this.host.ledger.tidy(live, this.mode !== 'acting', now);
  }

  private tellBudget(costMs: number): void {
    const isOver = costMs > this.#settings.budgetMs;
    if (isOver && !this.#isOverBudget)
      this.host.log.warn('a look takes longer than it may: the looks become fewer', {
        costMs: Math.round(costMs),
        budgetMs: this.#settings.budgetMs,
      });
    this.#isOverBudget = isOver;
  }
}
