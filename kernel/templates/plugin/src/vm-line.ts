import type { VmListing } from '@blockhost/kernel';

/** One VM on one line: power state, name. */
export function vmLine({ name, power }: VmListing): string {
  return `${power.padEnd('running'.length)}  ${name}`;
}
