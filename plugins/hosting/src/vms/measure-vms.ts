import {
  type Provisioner,
  type ProvisionerCapabilities,
  sentenceOf,
  supports,
  type VmMetrics,
  type VmRecord,
} from '@blockhost/kernel';

/** Questions to the provisioner at a time. */
const AT_ONCE = 4;

export interface MeasuredVms {
  /** By name. */
  readonly figures: ReadonlyMap<string, VmMetrics>;
  readonly failed: readonly { readonly vm: string; readonly reason: string }[];
}

/** Figures of many VMs: by one question where the provisioner can, else one by one. */
export async function measureVms(
  vms: readonly VmRecord[],
  provisioner: Provisioner & Partial<ProvisionerCapabilities>,
): Promise<MeasuredVms> {
  const figures = new Map<string, VmMetrics>();
  const failed: { vm: string; reason: string }[] = [];
  if (supports(provisioner, 'metricsBatch')) {
    const all = new Map(Object.entries((await provisioner.metricsAll?.(vms)) ?? {}));
    for (const { name } of vms) {
      const figure = all.get(name);
      if (figure) figures.set(name, figure);
      else failed.push({ vm: name, reason: 'The provisioner has no figures of it now.' });
    }
    return { figures, failed };
  }
  const waiting = [...vms];
  const measure = async () => {
    for (let vm = waiting.shift(); vm; vm = waiting.shift())
      try {
        const figure = await provisioner.metrics?.(vm);
        if (figure) figures.set(vm.name, figure);
      } catch (error) {
        failed.push({ vm: vm.name, reason: sentenceOf(error) });
      }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, measure));
  return { figures, failed };
}
