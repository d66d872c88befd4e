import type { VmLimits } from '@blockhost/kernel';

/** Option of the verb, and the value that lifts it (specification provisioners.md 3.10). */
const OPTIONS: Readonly<Record<keyof VmLimits, readonly [option: string, lifted: number]>> = {
  cpuShares: ['--cpu-shares', 1024],
  cpuQuotaPercent: ['--cpu-quota', 100],
  bandwidthInKbit: ['--bandwidth-in', 0],
  bandwidthOutKbit: ['--bandwidth-out', 0],
  iopsRead: ['--iops-read', 0],
  iopsWrite: ['--iops-write', 0],
};

/** Arguments for the limits that are given; `null` lifts one. */
export function throttleArguments(limits: VmLimits): string[] {
  return Object.entries(OPTIONS).flatMap(([limit, [option, lifted]]) => {
    const value = limits[limit as keyof VmLimits];
    return value === undefined ? [] : [option, String(value ?? lifted)];
  });
}
