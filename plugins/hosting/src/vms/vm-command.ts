import {
  BlockhostError,
  LOGGER,
  PATHS,
  PROVISIONER,
  type Provisioner,
  type ProvisionerCapabilities,
  type Run,
  supports,
  VM_STORE,
  type VmRecord,
  type VmRef,
  type VmStore,
  withRun,
} from '@blockhost/kernel';
import { Args, BlockhostCommand } from '@blockhost/kernel/command';
import { withVmLock } from './vm-lock.js';

export const vmName = Args.string({ name: 'NAME', description: 'name of the VM', required: true });

export interface VmServices {
  readonly vms: VmStore;
  readonly provisioner: Provisioner & Partial<ProvisionerCapabilities>;
}

/** What the commands on one VM have in common: the ports, the lock, the run. */
export abstract class VmCommand extends BlockhostCommand {
  protected async services(): Promise<VmServices> {
    const [vms, provisioner] = await Promise.all([this.get(VM_STORE), this.get(PROVISIONER)]);
    return { vms, provisioner };
  }

  /** Runs `act` alone on this VM, as a run with undo. */
  protected async onVm<T>(name: string, verb: string, act: (run: Run) => Promise<T>): Promise<T> {
    const paths = await this.get(PATHS);
    const log = await this.get(LOGGER);
    const onProgress = (message: string) => this.progress(message);
    return withVmLock(
      paths,
      name,
      verb,
      () => withRun({ name: verb, log, signal: this.signal, onProgress }, act),
      this.signal,
    );
  }

  /** The live record; throws `vm-store.no-such-vm` with exit code 3. */
  protected async live(vms: VmStore, name: string): Promise<VmRecord> {
    const record = await vms.get(name);
    if (record && record.status !== 'destroyed') return record;
    throw new BlockhostError('vm-store.no-such-vm', `There is no VM named ${name}.`, {
      remedy: 'List the VMs with `blockhost vm list`.',
      exitCode: 3,
    });
  }

  /** A verb that not every provisioner has; throws `port.not-supported` with exit code 5. */
  protected require(provisioner: object, capability: string): void {
    if (supports(provisioner, capability)) return;
    throw new BlockhostError(
      'port.not-supported',
      `The provisioner of this host cannot do that: ${capability}.`,
      {
        exitCode: 5,
      },
    );
  }
}

/** How a provisioner is told which VM is meant. */
export function refOf(name: string, record: VmRecord | null): VmRef {
  return { name, backendRef: record?.backendRef ?? null };
}
