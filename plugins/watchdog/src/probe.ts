import { setTimeout as wait } from 'node:timers/promises';
import {
  BlockhostError,
  type Clock,
  type Provisioner,
  type ProvisionerCapabilities,
  sentenceOf,
  supports,
  type VmMetrics,
  type VmRecord,
} from '@blockhost/kernel';
import type { Sample } from './rules/judge.js';

/** A question to the provisioner takes no longer. */
const LIMIT_MS = 10_000;
const AT_ONCE = 4;

export interface Look {
  /** By operation id. */
  readonly samples: ReadonlyMap<string, Sample>;
  /** Operation id → why there are no figures of it. */
  readonly unmeasured: ReadonlyMap<string, string>;
  /** Milliseconds until the last answer. What never answers costs time, but no work. */
  readonly costMs: number;
}

/**
 * Asks for the figures of VMs: all at once where the provisioner can, else four at a time. What does not answer in time is
 * not asked again before it has, and those that were silent come last.
 */
export class Probe {
  /** Operation ids, or the batch, of questions without an answer yet. */
  readonly #pending = new Set<string>();
  #silent: ReadonlySet<string> = new Set();

  constructor(
    private readonly provisioner: Provisioner & Partial<ProvisionerCapabilities>,
    private readonly clock: Clock,
    private readonly limitMs = LIMIT_MS,
  ) {}

  async look(vms: readonly VmRecord[]): Promise<Look> {
    const began = performance.now();
    const samples = new Map<string, Sample>();
    const unmeasured = new Map<string, string>();
    let costMs = 0;
    const take = ({ operationId }: VmRecord, figures: VmMetrics | undefined) => {
      if (figures) samples.set(operationId, { at: this.clock.now(), figures });
      else unmeasured.set(operationId, 'The provisioner has no figures of it.');
      costMs = performance.now() - began;
    };
    if (supports(this.provisioner, 'metricsBatch')) {
      try {
        const all = await this.ask('*', async () => (await this.provisioner.metricsAll?.(vms)) ?? {});
        for (const vm of vms) take(vm, Object.hasOwn(all, vm.name) ? all[vm.name] : undefined);
      } catch (error) {
        for (const { operationId } of vms) unmeasured.set(operationId, sentenceOf(error));
      }
      return { samples, unmeasured, costMs };
    }
    const waiting = vms.toSorted(
      (one, other) => Number(this.#silent.has(one.operationId)) - Number(this.#silent.has(other.operationId)),
    );
    const work = async () => {
      for (let vm = waiting.shift(); vm; vm = waiting.shift()) {
        const asked = vm;
        try {
          take(asked, await this.ask(asked.operationId, async () => this.provisioner.metrics?.(asked)));
        } catch (error) {
          unmeasured.set(asked.operationId, sentenceOf(error));
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    this.#silent = new Set(unmeasured.keys());
    return { samples, unmeasured, costMs };
  }

  private async ask<T>(id: string, question: () => Promise<T>): Promise<T> {
    if (this.#pending.has(id)) throw silent();
    this.#pending.add(id);
    const answer = question().finally(() => this.#pending.delete(id));
    const over = new AbortController();
    try {
      return await Promise.race([answer, tooLate(this.limitMs, over.signal)]);
    } finally {
      over.abort();
      answer.catch(() => {});
    }
  }
}

async function tooLate(ms: number, over: AbortSignal): Promise<never> {
  await wait(ms, undefined, { signal: over });
  throw silent();
}

function silent(): BlockhostError {
  return new BlockhostError('watchdog.silent', 'The provisioner does not answer for it in time.');
}
