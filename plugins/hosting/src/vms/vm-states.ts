import { BlockhostError, type VmStatus } from '@blockhost/kernel';

/**
 * Legal transitions of a record (provisioners.md 4.4). `destroyed` is terminal; `creating` ends only by publishing what was
 * made or abandoning the order.
 */
const LEGAL: Readonly<Record<VmStatus, readonly VmStatus[]>> = {
  creating: [],
  active: ['suspended', 'destroyed'],
  suspended: ['active', 'destroyed'],
  destroyed: [],
};

/** Throws `vm-store.forbidden-transition` unless `from` → `to` is legal. */
export function assertTransition(name: string, from: VmStatus, to: VmStatus): void {
  if (LEGAL[from].includes(to)) return;
  throw new BlockhostError(
    'vm-store.forbidden-transition',
    `VM ${name} is ${from} and cannot become ${to}.`,
    {
      facts: { vm: name, status: from },
      remedy: `Look at it with \`blockhost vm status ${name}\`.`,
    },
  );
}
