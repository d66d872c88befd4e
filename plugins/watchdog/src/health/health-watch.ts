import type { Clock, VmRecord } from '@blockhost/kernel';
import type { Sample } from '../rules/judge.js';
import type { MetricName } from '../rules/metric.js';
import type { Finding } from './finding.js';
import type { FindingsTable } from './findings-table.js';
import { type HostCounters, hostHealth, readHost } from './host-health.js';
import { healthy, type VmHealth, vmHealth } from './vm-health.js';

const HOST_EVERY_MS = 60_000;

export interface HealthSources {
  readonly findings: FindingsTable;
  readonly clock: Pick<Clock, 'now'>;
  /** Where the host's state lies. */
  readonly folder: string;
  /** Names of the VMs that use most of a metric now. */
  greatest(name: MetricName): readonly string[];
}

/** How VMs and host are, from one look to the next. */
export class HealthWatch {
  readonly #vms = new Map<string, { readonly health: VmHealth; readonly findings: readonly Finding[] }>();
  #host: {
    readonly at: number;
    readonly counters: HostCounters;
    readonly findings: readonly Finding[];
  } | null = null;

  constructor(private readonly sources: HealthSources) {}

  /** Takes the samples of one look and tells what is wrong; answers how much that is. */
  async look(vms: readonly VmRecord[], samples: ReadonlyMap<string, Sample>): Promise<number> {
    const known = new Set(vms.map(({ operationId }) => operationId));
    for (const id of this.#vms.keys()) if (!known.has(id)) this.#vms.delete(id);
    for (const vm of vms) {
      const sample = samples.get(vm.operationId);
      const before = this.#vms.get(vm.operationId)?.health ?? healthy;
      // What is not measured is as it was.
      if (sample) this.#vms.set(vm.operationId, vmHealth(vm, before, sample));
    }
    const ofHost = await this.lookAtHost();
    const wrong = [...[...this.#vms.values()].flatMap(({ findings }) => findings), ...ofHost];
    await this.sources.findings.replace(wrong, this.sources.clock.now());
    return wrong.length;
  }

  private async lookAtHost(): Promise<readonly Finding[]> {
    const { clock, folder, greatest } = this.sources;
    const now = clock.now();
    if (this.#host !== null && Math.abs(now - this.#host.at) < HOST_EVERY_MS) return this.#host.findings;
    const counters = await readHost(folder);
    const findings = hostHealth(this.#host?.counters ?? null, counters, greatest);
    this.#host = { at: now, counters, findings };
    return findings;
  }
}
