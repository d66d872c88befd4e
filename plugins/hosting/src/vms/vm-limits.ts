import { BlockhostError, type VmLimits } from '@blockhost/kernel';

export type Limit = keyof VmLimits;

/**
 * Limits of a VM by the options of `vm throttle` (provisioners.md 3.10): range of an option, and the value that means "no
 * limit". Directions are the guest's: in is towards it.
 */
export const LIMITS: Readonly<
  Record<
    Limit,
    {
      readonly flag: string;
      readonly unit: string;
      readonly min: number;
      readonly max: number;
      readonly none: number;
    }
  >
> = {
  cpuShares: { flag: 'cpu-shares', unit: 'weight, 1024 is normal', min: 1, max: 10_000, none: 1_024 },
  cpuQuotaPercent: { flag: 'cpu-quota', unit: '% of its CPUs', min: 1, max: 100, none: 100 },
  bandwidthInKbit: { flag: 'bandwidth-in', unit: 'kbit/s, 0 lifts it', min: 0, max: 1e9, none: 0 },
  bandwidthOutKbit: { flag: 'bandwidth-out', unit: 'kbit/s, 0 lifts it', min: 0, max: 1e9, none: 0 },
  iopsRead: { flag: 'iops-read', unit: 'reads/s, 0 lifts it', min: 0, max: 1e9, none: 0 },
  iopsWrite: { flag: 'iops-write', unit: 'writes/s, 0 lifts it', min: 0, max: 1e9, none: 0 },
};

export const limitNames = Object.keys(LIMITS) as readonly Limit[];

/** Every limit lifted. */
export const noLimits: VmLimits = Object.fromEntries(limitNames.map((name) => [name, null]));

/**
 * Limits from values by option; those that mean "no limit" lift one. Throws `vm.bad-limit` with exit code 2 naming option
 * and range, before anything is changed.
 */
export function readLimits(values: Readonly<Record<string, number | undefined>>): VmLimits {
  const limits: [Limit, number | null][] = [];
  for (const name of limitNames) {
    const { flag, min, max, none } = LIMITS[name];
    const value = values[flag];
    if (value === undefined) continue;
    if (!Number.isInteger(value) || value < min || value > max)
      throw new BlockhostError('vm.bad-limit', `--${flag} is ${value}.`, {
        facts: { expected: `a whole number from ${min} to ${max}` },
        remedy: 'Correct it; nothing was changed.',
        exitCode: 2,
      });
    limits.push([name, value === none ? null : value]);
  }
  return Object.fromEntries(limits);
}
