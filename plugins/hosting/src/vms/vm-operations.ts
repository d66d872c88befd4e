import {
  BlockhostError,
  inject,
  injectable,
  PATHS,
  type Paths,
  PROVISIONER,
  type Provisioner,
  type ProvisionerCapabilities,
  type Run,
  type SuspendReason,
  supports,
  VM_STORE,
  type VmIdentity,
  type VmLimits,
  type VmOperations,
  type VmRecord,
  type VmStore,
} from '@blockhost/kernel';
import { suspendVm } from './suspend-vm.js';
import { releaseVm, throttleVm } from './throttle-vm.js';
import { withVmLock } from './vm-lock.js';

interface VmServices {
  readonly vms: VmStore;
  readonly provisioner: Provisioner & Partial<ProvisionerCapabilities>;
}

/** {@link VmOperations}: the acts of `vm throttle` and `vm suspend` for programs of other plugins. */
@injectable()
export default class HostVmOperations implements VmOperations {
  private readonly host: VmServices;

  constructor(
    @inject(VM_STORE) vms: VmStore,
    @inject(PROVISIONER) provisioner: Provisioner & Partial<ProvisionerCapabilities>,
    @inject(PATHS) private readonly paths: Paths,
  ) {
    this.host = { vms, provisioner };
  }

  throttle(vm: VmIdentity, limits: VmLimits, holder: string, run: Run): Promise<VmRecord> {
    return this.onVm(vm, 'throttling', run, async (fresh) => {
      if (fresh.status !== 'active') throw changed(vm, `it is ${fresh.status}`);
      if (!supports(this.host.provisioner, 'throttle')) throw cannotThrottle();
      return throttleVm(fresh, limits, this.host, run, () => {}, holder);
    });
  }

  release(vm: VmIdentity, limits: readonly (keyof VmLimits)[], holder: string, run: Run): Promise<VmRecord> {
    return this.onVm(vm, 'releasing', run, (fresh) => releaseVm(fresh, limits, holder, this.host, run));
  }

  suspend(vm: VmIdentity, reason: SuspendReason, run: Run): Promise<VmRecord> {
    return this.onVm(vm, 'suspending', run, async (fresh) => {
      if (fresh.status === 'suspended' && fresh.suspendReason === reason) return fresh;
      if (fresh.status !== 'active' || fresh.destroyPending)
        throw changed(vm, fresh.destroyPending ? 'its end has begun' : `it is ${fresh.status}`);
      return suspendVm(fresh, reason, this.host, run);
    });
  }

  /** The record is read under the lock: whoever held it before may have changed everything. */
  private onVm(
    vm: VmIdentity,
    purpose: string,
    run: Run,
    act: (fresh: VmRecord) => Promise<VmRecord>,
  ): Promise<VmRecord> {
    return withVmLock(
      this.paths,
      vm.name,
      purpose,
      async () => {
        const fresh = await this.host.vms.get(vm.name);
        if (fresh === null || fresh.operationId !== vm.operationId || fresh.status === 'destroyed')
          throw changed(vm, 'it is gone');
        return await act(fresh);
      },
      run.signal,
    );
  }
}

function changed({ name }: VmIdentity, what: string): BlockhostError {
  return new BlockhostError('vm.changed', `Nothing was done to ${name}: ${what}.`, {
    facts: { vm: name },
    remedy: `Look at it with \`blockhost vm status ${name}\`.`,
  });
}

function cannotThrottle(): BlockhostError {
  return new BlockhostError('port.not-supported', 'The provisioner of this host cannot throttle.', {
    remedy: 'Without that, limits can only be watched.',
    exitCode: 5,
  });
}
