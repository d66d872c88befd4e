import type { VmLimits } from '@blockhost/kernel';
import { LIMITS, limitNames } from '../vms/vm-limits.js';

/** Limits of a record by their keys in `vms.json`: the options of `vm throttle` with underscores. */
const keyOf = (name: keyof VmLimits) => LIMITS[name].flag.replaceAll('-', '_');

export function limitsToJson(limits: VmLimits): Record<string, number> {
  return Object.fromEntries(
    limitNames.flatMap((name) => {
      const value = limits[name];
      return typeof value === 'number' ? [[keyOf(name), value]] : [];
    }),
  );
}

/** Keys that mean no limit of ours are left out. */
export function limitsFromJson(json: Readonly<Record<string, number>>): VmLimits {
  return Object.fromEntries(
    limitNames.flatMap((name) => {
      const value = json[keyOf(name)];
      return value === undefined || value === LIMITS[name].none ? [] : [[name, value]];
    }),
  );
}
