import type { PowerState, Presence, VmRecord } from '@blockhost/kernel';

export type StateWord = 'active' | 'suspended' | 'destroyed' | 'creating' | 'unknown';

/**
 * One word from record and hypervisor together (provisioners.md 3.4). An unreachable hypervisor never reads as
 * destroyed, and neither does a VM that is missing although its record lives.
 */
export function stateWord(record: VmRecord | null, power: Presence<PowerState>): StateWord {
  if (record?.status === 'destroyed' || record?.status === 'creating') return record.status;
  if (power.kind !== 'present') return 'unknown';
  return power.value === 'running' ? 'active' : 'suspended';
}

/** True when the record says that a VM exists and the hypervisor that it does not. */
export function isInconsistent(record: VmRecord | null, power: Presence<PowerState>): boolean {
  return power.kind === 'absent' && (record?.status === 'active' || record?.status === 'suspended');
}
