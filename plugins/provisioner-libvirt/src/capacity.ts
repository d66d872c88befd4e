import type { VmSpec } from '@blockhost/kernel';
import { refusals } from './refusals.js';

/** What the host has for VMs, as the root agent sees it; sizes in MiB. */
export interface HostFacts {
  readonly memoryMb: number;
  /** Free below the folder of disks. */
  readonly freeMb: number;
  readonly hasKvm: boolean;
  readonly bridge: string;
  readonly hasBridge: boolean;
  /** Virtual size of the base image's disk; null when there is none. */
  readonly templateMb: number | null;
}

/** Part of the memory that VMs may have together (specification provisioners.md 10, item 55). */
const MEMORY_PART = 0.9;

/**
 * Refuses a VM that this host cannot carry, before anything of it is made. `committedMb` is the memory of all other VMs, on
 * or off: what is off has been sold as well.
 */
export function checkCapacity(
  { memoryMb, diskGb }: Pick<VmSpec, 'memoryMb' | 'diskGb'>,
  host: HostFacts,
  {
    committedMb,
    domainType,
    overcommit,
  }: {
    readonly committedMb: number;
    readonly domainType: 'kvm' | 'qemu';
    readonly overcommit: number;
  },
): void {
  if (domainType === 'kvm' && !host.hasKvm) throw refusals.noVirtualization();
  if (!host.hasBridge) throw refusals.noBridge(host.bridge);
  if (host.templateMb !== null && diskGb * 1024 < host.templateMb)
    throw refusals.diskTooSmall(diskGb, host.templateMb);
  const mostMb = Math.floor(host.memoryMb * MEMORY_PART);
  if (committedMb + memoryMb > mostMb) throw refusals.noMemory({ wantedMb: memoryMb, committedMb, mostMb });
  const neededMb = Math.ceil(diskGb * 1024 * overcommit);
  if (host.freeMb < neededMb) throw refusals.noSpace({ neededMb, freeMb: host.freeMb });
}
