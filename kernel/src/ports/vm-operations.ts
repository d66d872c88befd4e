import type { Run } from '../run/run.js';
import type { VmLimits } from './provisioner.js';
import { definePort, portToken } from './token.js';
import type { SuspendReason, VmRecord } from './vm-store.js';

/**
 * Acts on a VM in the host's order: under its lock, by a record read again, recorded before they are done. All may be
 * repeated. Throws `vm.changed` when the live VM of that name is another or not in the state for it, `lock.busy`.
 */
export interface VmOperations {
  /**
   * Holds a running VM to `limits` on behalf of `holder` and answers its record. What a person has set stays where it is
   * stricter. Throws `vm.not-running`, `vm.throttle-incomplete`, `port.not-supported`.
   */
  throttle(vm: VmIdentity, limits: VmLimits, holder: string, run: Run): Promise<VmRecord>;
  /** Puts back what stood before `holder` set these limits, but for those that a person has set since. */
  release(vm: VmIdentity, limits: readonly (keyof VmLimits)[], holder: string, run: Run): Promise<VmRecord>;
  /** Takes an active VM off. Throws `vm.not-stopped`. */
  suspend(vm: VmIdentity, reason: SuspendReason, run: Run): Promise<VmRecord>;
}

export type VmIdentity = Pick<VmRecord, 'name' | 'operationId'>;

export const VM_OPERATIONS = portToken<VmOperations>('vm-operations', 1);

export const vmOperationsPort = definePort<VmOperations>({
  name: 'vm-operations',
  major: 1,
  token: VM_OPERATIONS,
  core: ['throttle', 'release', 'suspend'],
  capabilities: {},
  answers: {},
});
