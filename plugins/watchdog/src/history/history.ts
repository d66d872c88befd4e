import type { Logger, VmIdentity } from '@blockhost/kernel';
import { sentenceOf } from '@blockhost/kernel';
import type { Sample } from '../rules/judge.js';
import { type MetricName, metricNames } from '../rules/metric.js';
import { type HistoryFiles, SLOT_MS } from './history-files.js';
import { SampleRing } from './sample-ring.js';

const DAY_MS = 86_400_000;

interface Ring {
  readonly vm: VmIdentity;
  readonly ring: SampleRing;
}

/** The last hour of every VM in memory, and five-minute figures of it in files. */
export class History {
  readonly #rings = new Map<string, Ring>();
  #slot: number | null = null;
  #forgotAt: number | null = null;

  constructor(
    private readonly files: HistoryFiles,
    private readonly log: Logger,
  ) {}

  /** Takes the samples of one look; `vms` are those there are, others are dropped from memory. */
  async take(vms: readonly VmIdentity[], samples: ReadonlyMap<string, Sample>, now: number): Promise<void> {
    const slot = Math.floor(now / SLOT_MS);
    if (this.#slot !== null && slot !== this.#slot) await this.flush();
    this.#slot = slot;
    const known = new Set(vms.map(({ operationId }) => operationId));
    for (const [id, own] of this.#rings)
      if (!known.has(id)) {
        this.#rings.delete(id);
        await this.write([own], slot);
      }
    for (const vm of vms) {
      const sample = samples.get(vm.operationId);
      if (!sample) continue;
      const own = this.#rings.get(vm.operationId) ?? { vm, ring: new SampleRing() };
      this.#rings.set(vm.operationId, own);
      own.ring.add(sample);
    }
    if (this.#forgotAt === null || Math.abs(now - this.#forgotAt) >= DAY_MS) {
      this.#forgotAt = now;
      await this.tried('old figures were not removed', () => this.files.forget(now));
    }
  }

  /** Writes what the present five minutes have so far; also called before the process ends. */
  async flush(): Promise<void> {
    if (this.#slot === null) return;
    const slot = this.#slot;
    this.#slot = null;
    await this.write([...this.#rings.values()], slot);
  }

  private async write(rings: readonly Ring[], slot: number): Promise<void> {
    const at = slot * SLOT_MS;
    await this.tried('figures were not written', async () => {
      for (const { vm, ring } of rings) await this.files.add(vm, at, ring.spans(at, at + SLOT_MS));
    });
  }

  /** VMs that used most of something in the last five minutes, by name, greatest first. */
  greatest(
    name: MetricName,
    now: number,
    count: number,
  ): readonly { readonly vm: string; readonly mean: number }[] {
    const column = metricNames.indexOf(name);
    return [...this.#rings.values()]
      .map(({ vm, ring }) => ({ vm: vm.name, mean: ring.spans(now - SLOT_MS, now + 1)[column]?.mean ?? 0 }))
      .filter(({ mean }) => mean > 0)
      .sort((one, other) => other.mean - one.mean)
      .slice(0, count);
  }

  /** A full disk must not stop the watch. */
  private async tried(what: string, act: () => Promise<void>): Promise<void> {
    await act().catch((error: unknown) => this.log.warn(what, { reason: sentenceOf(error) }));
  }
}
