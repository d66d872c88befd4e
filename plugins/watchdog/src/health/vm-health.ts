import type { VmRecord } from '@blockhost/kernel';
import type { Sample } from '../rules/judge.js';
import type { Finding } from './finding.js';

/** A guest that says nothing for longer is told of. */
const SILENT_MS = 600_000;
/** A VM that is being started or stopped is off for a while. */
const OFF_MS = 60_000;
const FULL = 0.95;

/** Since when a VM was seen in a state without a break, in ms since the epoch. */
export interface VmHealth {
  readonly offSince: number | null;
  readonly silentSince: number | null;
}

export const healthy: VmHealth = { offSince: null, silentSince: null };

/** How a VM is after a sample (provisioners.md 9.2). Counters only: nothing is asked of the guest. */
export function vmHealth(
  vm: Pick<VmRecord, 'name' | 'desiredPower'>,
  before: VmHealth,
  { at, figures }: Sample,
): { readonly health: VmHealth; readonly findings: readonly Finding[] } {
  const { state, diskUsedMb, diskTotalMb, guestAgentResponsive } = figures;
  const isOff = vm.desiredPower === 'on' && (state === 'stopped' || state === 'paused');
  const isSilent = state === 'running' && !guestAgentResponsive;
  const health: VmHealth = {
    offSince: isOff ? (before.offSince ?? at) : null,
    silentSince: isSilent ? (before.silentSince ?? at) : null,
  };
  const findings: Finding[] = [];
  const tell = (kind: Finding['kind'], sentence: string) =>
    findings.push({ subject: vm.name, kind, sentence });
  if (health.offSince !== null && at - health.offSince >= OFF_MS)
    tell('not-running', `${vm.name} should run and is ${state}.`);
  if (health.silentSince !== null && at - health.silentSince > SILENT_MS)
    tell('agent-silent', `The guest of ${vm.name} has not answered for more than 10 minutes.`);
  if (diskUsedMb >= 0 && diskTotalMb > 0 && diskUsedMb >= FULL * diskTotalMb)
    tell('disk-full', `The disk of ${vm.name} is ${Math.floor((100 * diskUsedMb) / diskTotalMb)} % full.`);
  return { health, findings };
}
